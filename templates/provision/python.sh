export PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1
@interpreter@ -m pip @into@ install @indexes@ --no-deps --no-compile --only-binary :all: --require-hashes -r requirements.txt
