#pragma once

/** Keeps the descriptor of --progress from the command. */
void progress_prepare(void);

/** Writes `FILES PROCESSES` there twice a second: files opened and processes begun so far. */
void progress_tell(void);
void progress_close(void);

extern long long progress_files;
