#!/usr/bin/env bats
# SPDX-License-Identifier: BSL-1.0
# top, on a terminal of its own (tmux), and bench.
load helpers

top_screen() { tmux -S "$work/tmux" capture-pane -p -t 0; }
keys() { tmux -S "$work/tmux" send-keys -t 0 "$@"; }
shows() { top_screen | grep -qE -- "$1"; }
shows_not() { ! shows "$1"; }

# Runs top in a terminal of so many columns and rows: open_top COLUMNS ROWS ARGUMENTS...
open_top() {
  env -u TMUX SHELL=/bin/bash LC_ALL=C.UTF-8 tmux -S "$work/tmux" -f /dev/null new-session -d -x "$1" -y "$2" \
    "$QUOIT top --interval 100ms ${*:3}; echo ended with \$?; exec sleep 1000" 3>&-
}

teardown() {
  [ ! -e "$work/tmux" ] || tmux -S "$work/tmux" kill-server 2>/dev/null || true
  for pid in "${started[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}

busy() {
  make "$1" --capacity 64K
  printf 'some message\n' >"$work/line"
  start pub "$1" "$work/line" --repeat 0 --rate 500 --label feeder
  await has_publishers "$1" 1
}

@test "channels with their rates, in 80x24" {
  busy camera/front
  make log --kind stream
  open_top 80 24
  await shows '^camera/front +[0-9.]+ +[0-9.]+ (B|KiB)/?s? '
  await shows '[▁▂▃▄▅▆▇█]{3}'
  await shows '^quoit top  [0-9:]{8}  2 of 2 channels  by name'
  await shows '^log '
  await shows '^q quit'
  [ "$(top_screen | wc -l)" -eq 24 ]
  [ "$(top_screen | python3 -c 'import sys; print(max(len(l.rstrip("\n")) for l in sys.stdin) <= 80)')" = True ]
}

@test "who takes part in the chosen one, and who waits for whom" {
  busy x
  local feeder=$pid
  start sub x --reliable --label slowpoke
  await has_subscribers x 1
  kill -STOP "$pid"
  open_top 100 30
  await shows 'publishers wait for slot 1: room for '
  await shows '0 publisher +live +[0-9]+ feeder'
  await shows '1 reliable +live +[0-9]+ slowpoke .*[█]'
  kill -STOP "$feeder"  # which would recover the place of a dead one
  kill -KILL "$pid"
  await shows '1 reliable +dead'
}

@test "keys: choose, sort, filter, pause, participants, quit" {
  busy alpha
  make beta
  make gamma
  open_top 80 24
  await shows '^alpha  messages'  # the panel of the first one
  keys Down
  await shows '^beta  messages'
  keys k
  await shows '^alpha  messages'
  keys s
  await shows 'by messages'
  keys /
  keys g a m
  await shows '1 of 3 channels.*filter: gam_'
  await shows_not '^beta'
  keys Enter
  await shows 'filter: gam$'
  keys Escape
  await shows '3 of 3'
  keys p
  await shows PAUSED
  keys p
  await shows_not PAUSED
  keys Enter
  await shows_not '^SLOT ROLE'
  keys q
  await shows 'ended with 0'
}

@test "another size, and Ctrl-C" {
  make x
  open_top 100 30
  await shows '^x '
  tmux -S "$work/tmux" resize-window -x 60 -y 12
  await eval '[ "$(top_screen | wc -l)" -eq 12 ] && shows "^q quit"'
  keys C-c
  await shows 'ended with 130'
}

@test "channels come and go while it runs; none is no error" {
  open_top 80 24
  await shows '0 of 0 channels'
  make late
  await shows '^late '
  kill -KILL "$pid"
  await shows '0 of 0 channels'
}

@test "one screen as text, without a terminal and without colours" {
  make x
  run -0 quoit top --once --interval 20ms
  [[ $output == "quoit top "*x\ * && $output != *$'\033'* ]]
  run -1 --separate-stderr quoit top
  [[ $stderr == *"top needs a terminal"* ]]
}

@test "bench measures beside a pipe and a socket" {
  quoit bench --time 5ms --json >"$work/bench"
  [ "$(json '[w["way"] for w in j["ways"]]' <"$work/bench")" = "['pipe', 'socket', 'quoit']" ]
  [ "$(json 'all(f["bytes_per_second"] > 0 for w in j["ways"] for f in w["flows"])' <"$work/bench")" = True ]
  run -0 quoit bench --time 5ms
  [[ ${lines[0]} == WAY*"ROUND TRIP p50"* ]]
  [[ ${lines[3]} == quoit* ]]
}
