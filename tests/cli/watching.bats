#!/usr/bin/env bats
# SPDX-License-Identifier: BSL-1.0
# Looking on: hz, bw, delay, stat. They take no part.
load helpers

# Publishes 200 messages of 10 bytes a second until the test ends.
flow_into() {
  make "$1" --timestamps
  printf '123456789a\n' >"$work/line"
  start pub "$1" "$work/line" --repeat 0 --rate 200
  await has_publishers "$1" 1
}

@test "hz and bw measure, as text and as JSON" {
  flow_into x
  looked() {
    quoit hz x --interval 300ms --count 1 --json >"$work/hz"
    # The counters go on while they are read, one after the other.
    [ "$(json 'j["flow"]["messages"] > 0 and abs(10 * j["flow"]["messages"] - j["flow"]["bytes"]) <= 20' <"$work/hz")" = True ]
  }
  await looked
  [ "$(json 'j["schema"], j["name"], j["flow"]["interval"] >= 300000000' <"$work/hz")" = "1 x True" ]
  run -0 quoit hz x --interval 100ms --count 2
  [ "${#lines[@]}" -eq 2 ]
  [[ ${lines[0]} =~ ^x\ \ [0-9.]+(\ k)?/s\ \ [0-9]+\ messages\ in ]]
  run -0 quoit bw x --interval 100ms --count 1
  [[ $output =~ B/s.*\ [0-9.]+\ B\ each ]]
}

@test "delay tells how old the oldest unread message is, and the newest one" {
  flow_into x
  start sub x --reliable
  local sub=$pid
  await has_subscribers x 1
  kill -STOP "$sub"
  await eval '[ "$(quoit info x --json | json "max(p.get(\"lag\", 0) for p in j[\"channels\"][0][\"participants\"])")" -gt 1 ]'
  looked() {
    quoit delay x --interval 50ms --count 1 --json >"$work/delay"
    [ "$(json 'j["subscribers"][0]["delay"] > j["since_publish"] > 0' <"$work/delay")" = True ]
  }
  await looked
  [ "$(json 'j["timestamps"], j["subscribers"][0]["pid"] == '"$sub"', j["subscribers"][0]["lag"] > 0' <"$work/delay")" = \
    "True True True" ]
  run -0 quoit delay x --interval 10ms --count 1
  [[ $output == *"last published "*" ago"*"pid $sub"*" behind, "* ]]
  make without
  run -0 quoit delay without --interval 10ms --count 1
  [[ $output == *"without time stamps"* ]]
}

@test "stat prints a line an interval under a heading" {
  flow_into x
  run -0 quoit stat x --interval 50ms --count 3
  [ "${#lines[@]}" -eq 4 ]
  [[ ${lines[0]} == NAME*MSG/s*ROOM*DEAD ]]
  [[ ${lines[3]} == x\ * ]]
  [ "$(quoit stat x --interval 50ms --count 1 --json | json 'j["publishers"], j["level"]["status"], j["room_records"] > 0')" = \
    "1 ok True" ]
}

@test "who looks on takes no part and slows nobody down" {
  make x --slots 1 --capacity 4K
  start stat x --interval 10ms >"$work/stat"
  local stat=$pid
  await test -s "$work/stat"
  [ "$(quoit info x --json | json 'len(j["channels"][0]["participants"]), len(j["channels"][0]["holders"])')" = "0 1" ]
  kill -STOP "$stat"
  seq 1 100000 | quoit pub x --full fail
  kill -CONT "$stat"
  kill -INT "$stat"
  ended 130
}

@test "a publisher executes the same instructions with and without who looks on" {
  local alone watched
  make alone --capacity 64K
  alone=$("$COUNTED_PUBLISHER" alone) || { [ $? -eq 77 ] && skip "instructions are counted on x86-64 only, and optimised"; }
  make watched --capacity 64K
  start hz watched --interval 5ms >"$work/hz"
  start stat watched --interval 5ms >"$work/stat"
  TERM=xterm script -qefc "$QUOIT top --interval 50ms" /dev/null < <(exec sleep 1000 2>&- 3>&-) >"$work/top" 2>&1 3>&- &
  started+=($!)
  await test -s "$work/hz"
  await grep -q watched "$work/top"
  watched=$("$COUNTED_PUBLISHER" watched)
  echo "alone $alone, watched $watched"
  [ "$alone" -gt 10000 ]
  [ "$watched" = "$alone" ]
  await grep -qE '/s  [1-9][0-9]* messages' "$work/hz"  # and they have seen it
}

@test "hz tells the shortest, the longest and the spread of intervals" {
  flow_into x
  looked() {
    quoit hz x --interval 500ms --count 1 --json >"$work/hz"
    [ "$(json 'j["intervals"]["count"] > 10' <"$work/hz")" = True ]
  }
  await looked
  [ "$(json '[type(j["intervals"][m]).__name__ for m in ("count", "min", "max", "mean", "standard_deviation", "precision")]' \
    <"$work/hz")" = "['int', 'int', 'int', 'int', 'int', 'int']" ]
  [ "$(json '(lambda i: 0 < i["min"] <= i["mean"] <= i["max"] and i["precision"] == 1)(j["intervals"])' \
    <"$work/hz")" = True ]
  await eval 'quoit hz x --interval 200ms --count 1 >"$work/hz" && grep -q min "$work/hz"'
  [[ $(<"$work/hz") =~ min\ [0-9.]+\ [num]?s\ max\ [0-9.]+\ [num]?s\ std\ dev\ [0-9.]+\ [num]?s$ ]]
}

@test "without time stamps hz looks often, and says nothing when that is not often enough" {
  make slow
  printf 'x\n' >"$work/line"
  start pub slow "$work/line" --repeat 0 --rate 20
  await has_publishers slow 1
  looked() { quoit hz slow --interval 500ms --count 1 --json >"$work/hz" && grep -q '"min"' "$work/hz"; }
  await looked
  [ "$(json 'j["intervals"]["precision"], 0 < j["intervals"]["min"] <= j["intervals"]["max"]' <"$work/hz")" = \
    "1000000 True" ]
  make fast
  start pub fast "$work/line" --repeat 0 --rate 20k
  await has_publishers fast 1
  [ "$(quoit hz fast --interval 300ms --count 1 --json | json 'j["intervals"]')" = None ]
}

@test "channels come and go" {
  make a
  local a=$pid
  start stat '*' --interval 20ms --json >"$work/out" 2>"$work/err"
  local stat=$pid
  await grep -q '"a"' "$work/out"
  make b
  await grep -q '"b"' "$work/out"
  kill -KILL "$pid" "$a"
  pid=$stat
  ended 0
  grep -q "no channel is left" "$work/err"
}

@test "nothing to look at, and nobody who reads" {
  run -3 quoit hz x
  run -3 quoit stat 'x*'
  run -2 quoit bw
  make x
  run -2 --separate-stderr quoit hz x --interval 5parsecs
  [[ $stderr == *"expected one of ns, us"*"try: quoit hz --help" ]]
  run -2 quoit hz x --interval 0
  set +o pipefail
  run -0 --separate-stderr bash -c '"$QUOIT" stat x --interval 10ms | head -n 1; exit "${PIPESTATUS[0]}"'
  [ -z "$stderr" ]
}

@test "times and counters that cannot be are shown as something, and harm nobody" {
  "$HOSTILE_CLOCK" log 3>&- &
  started+=("$!")
  await has_publishers log 1
  await eval '[ "$(quoit info log --json | json "j[\"channels\"][0][\"level\"][\"head\"]")" -gt 40 ]'
  for verb in ls 'ls --json' 'info log' 'info log --json' 'hz log -n 3 --interval 100ms' 'bw log -n 3 --interval 100ms' \
      'stat log -n 3 --interval 100ms' 'delay log -n 3 --interval 100ms' 'top --once' 'dump log' \
      'sub log --last 4 --count 4 --format %t'; do
    run -0 --separate-stderr quoit $verb
    [ -n "$output" ]
  done
}
