// What is done for each kind of call.
#pragma once
#include "ids.h"

handler get_ids, set_ids, get_rights, set_rights, control;
handler do_stat, do_chown, do_create;
handler before_exec, before_remove, before_mount, before_configuring;
