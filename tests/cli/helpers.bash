# SPDX-License-Identifier: BSL-1.0
# What the tests of the command-line tool share. $QUOIT is the program.
bats_require_minimum_version 1.5.0

setup() {
  work=$(mktemp -d)
  export QUOIT_RUNTIME_DIR=$work/registry
  mkdir -m 0700 "$QUOIT_RUNTIME_DIR"
  unset NO_COLOR
  started=()
}

teardown() {
  local pid
  for pid in "${started[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}

quoit() { "$QUOIT" "$@"; }

# Starts it in the background, its pid in $pid: start ARGUMENTS... (Without <&0 it would read nothing; 3 is what bats keeps
# open for itself.)
start() {
  "$QUOIT" "$@" <&0 3>&- &
  pid=$!
  started+=("$pid")
}

# Creates a channel that lives for the test, the holder's pid in $pid: make NAME RULES...
make() {
  pid=$(quoit create "$@" --background 3>&-)
  started+=("$pid")
}

# Waits until a command succeeds; the watchdog of the whole test is ctest's.
await() {
  until "$@" >/dev/null 2>&1; do sleep 0.02; done
}

# A number out of JSON: json EXPRESSION (Python, the object is j) < JSON
json() { python3 -c "import json, sys; j = json.load(sys.stdin); print($1)"; }

subscribers() { quoit info "$1" --json | json 'sum(p["role"] != "publisher" and p["state"] == "live" for p in j["channels"][0]["participants"])'; }
has_subscribers() { [ "$(subscribers "$1")" -ge "$2" ]; }
publishers() { quoit info "$1" --json | json 'sum(p["role"] == "publisher" and p["state"] == "live" for p in j["channels"][0]["participants"])'; }
has_publishers() { [ "$(publishers "$1")" -ge "$2" ]; }
# The last one started ends with this code: ended CODE
ended() {
  local code=0
  wait "$pid" || code=$?
  [ "$code" -eq "$1" ] || { echo "ended with $code"; return 1; }
}
is_gone() { ! kill -0 "$1"; }
