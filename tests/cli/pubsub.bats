#!/usr/bin/env bats
# SPDX-License-Identifier: BSL-1.0
# Messages and bytes from one process to another: pub and sub.
load helpers

# Shows what is published on a channel, in the file out; its pid in $pid: listen NAME OPTIONS...
listen() {
  "$QUOIT" sub "$@" >"$work/out" 2>"$work/err" 3>&- &
  pid=$!
  started+=("$pid")
  await has_subscribers "$1" 1
}

@test "lines arrive, one message each" {
  make log
  listen log
  printf 'one\n\nthree\nwithout an end' | quoit pub log
  ended 0
  [ "$(cat "$work/out")" = $'one\n\nthree\nwithout an end' ]
}

@test "echo is sub" {
  make log
  "$QUOIT" echo log >"$work/out" 3>&- &
  pid=$!
  await has_subscribers log 1
  echo hello | quoit pub log
  ended 0
  [ "$(cat "$work/out")" = hello ]
}

@test "every framing brings its messages back as they were" {
  head -c 300000 /dev/urandom >"$work/bytes"
  for frame in lines nul len32 chunk=1000 eof; do
    make "f/${frame%=*}" --capacity 1M --records 8192
    listen "f/${frame%=*}" --reliable --frame "${frame/chunk=1000/len32}"
    if [ "$frame" = len32 ]; then
      printf '\3\0\0\0abc\0\0\0\0\2\0\0\0x\n' >"$work/in"
      quoit pub "f/${frame%=*}" "$work/in" --frame len32
      ended 0
      cmp "$work/in" "$work/out"
      continue
    fi
    quoit pub "f/${frame%=*}" "$work/bytes" --frame "$frame"
    ended 0
    case $frame in
      chunk=*) python3 -c '
import sys
data, out = open(sys.argv[1], "rb").read(), sys.stdout.buffer
while data: n = int.from_bytes(data[:4], "little"); out.write(data[4:4 + n]); data = data[4 + n:]' "$work/out" | cmp - "$work/bytes" ;;
      eof) cmp "$work/out" "$work/bytes" ;;
      *)  # the last one had no mark
        [ "$(($(stat -c %s "$work/out") - 300000))" -le 1 ]
        head -c 300000 "$work/out" | cmp - "$work/bytes" ;;
    esac
  done
}

@test "formats: json, hex, a pattern, raw" {
  make log --timestamps
  started+=("$(quoit hold log --background 3>&-)")
  printf 'a "b"\n\xff\xfe\n' | quoit pub log --tag 7
  quoit sub log --from oldest --count 2 --json >"$work/json"
  [ "$(head -n 1 "$work/json" | json '(j["schema"], j["sequence"], j["tag"], j["size"], j["text"], j["time"] > 0)')" = \
    "(1, 1, 7, 5, 'a \"b\"', True)" ]
  [ "$(tail -n 1 "$work/json" | json 'j["base64"]')" = "//4=" ]
  [ "$(quoit sub log --from oldest --count 1 --format '%s %l %g <%p> %x %%\t.')" = $'1 5 7 <a "b"> 6120226222 %\t.' ]
  [ "$(quoit sub log --from 2 --count 1 --raw | od -An -tx1)" = " ff fe" ]
  run -0 quoit sub log --from oldest --count 1 --hex
  [[ ${lines[1]} == "00000000  61 20 22 62 22 "*"|a \"b\"|" ]]
  run -2 quoit sub log --format '%q'
}

@test "on a terminal nothing that is published can move the cursor" {
  make log
  started+=("$(quoit hold log --background 3>&-)")
  printf 'a\033[2Jb\xc2\x9bc\xc3\xa4\n' | quoit pub log
  run -0 env TERM=xterm script -qec "$QUOIT sub log --from oldest --count 1" /dev/null
  [ "${output%$'\r'}" = 'a\x1b[2Jb\xc2c'$'ä' ] || [ "${output%$'\r'}" = 'a\x1b[2Jb\xc2\x9bc'$'ä' ]
}

@test "nor can what its publisher changes while it is printed" {
  local format
  for format in '' "--format %p"; do
    make log
    env TERM=xterm script -qec "$QUOIT sub log --reliable $format" /dev/null >"$work/out" 3>&- &
    pid=$!
    "$HOSTILE_PUBLISHER" log
    ended 0
    grep -q A "$work/out"
    [ "$(tr -cd '\033' <"$work/out" | wc -c)" -eq 0 ]
    quoit rm log --force
  done
}

@test "JSON escapes the control characters of Latin-1, too" {
  make log
  started+=("$(quoit hold log --background 3>&-)")
  printf 'a\xc2\x9bb\x7fc\xc3\xa4\033\n' | quoit pub log
  run -0 quoit sub log --from oldest --count 1 --json
  [[ $output == *'"a\u009bb\u007fcä\u001b"'* ]]
  [ "$(json 'ascii(j["text"])' <<<"$output")" = "'a\\x9bb\\x7fc\\xe4\\x1b'" ]
}

@test "where to begin" {
  make log --timestamps
  seq 1 9 | quoit pub log
  [ "$(quoit sub log --from oldest --count 1)" = 1 ]
  [ "$(quoit sub log --from latest --count 1)" = 9 ]
  [ "$(quoit sub log --from 4 --count 1)" = 4 ]
  [ "$(quoit sub log --last 3 --count 3)" = $'7\n8\n9' ]
  [ "$(quoit sub log --last 100 --count 1)" = 1 ]
  [ "$(quoit sub log --from 1h --count 1)" = 1 ]
  run -6 quoit sub log --from next --timeout 10ms
  run -1 quoit sub log --from 77 --timeout 10ms
}

@test "count, repeat and rate" {
  make log --records 1024
  seq 1 5 >"$work/in"
  quoit pub log "$work/in" --repeat 3 --count 12 --rate 1000
  quoit sub log --from oldest --count 12 >"$work/out"
  [ "$(tail -n 3 "$work/out" | tr '\n' ' ')" = "5 1 2 " ]
  [ "$(quoit info log --json | json 'j["channels"][0]["level"]["head"]')" = 13 ]
}

@test "what happens when the ring is full: wait, fail, drop, evict" {
  make log --capacity 4K --records 8
  listen log --reliable
  kill -STOP "$pid"
  run -6 --separate-stderr bash -c 'seq 1 50 | "$QUOIT" pub log --timeout 20ms'
  [[ $stderr == *"a reliable subscriber is behind"*"try: quoit info log" ]]
  run -1 --separate-stderr bash -c 'seq 1 50 | "$QUOIT" pub log --full fail'
  [[ $stderr == *"full behind a reliable subscriber"* ]]
  run -0 --separate-stderr bash -c 'seq 1 50 | "$QUOIT" pub log --full drop'
  [[ $stderr == "quoit: dropped "*" of 50 messages" ]]
  run -0 bash -c 'seq 1 50 | "$QUOIT" pub log --full evict=20ms'
  kill -CONT "$pid"
  ended 1
  grep -q evicted "$work/err"
}

pipe_is_full() { python3 -c 'import fcntl, struct, termios
assert struct.unpack("i", fcntl.ioctl(5, termios.FIONREAD, b"1234"))[0] >= 65536'; }

@test "what an evicted sub was showing is whole" {
  make big --capacity 1M
  mkfifo "$work/pipe"
  "$QUOIT" sub big --reliable --raw >"$work/pipe" 2>"$work/err" 3>&- &
  pid=$!
  started+=("$pid")
  exec 5<"$work/pipe"
  await has_subscribers big 1
  head -c 300000 /dev/zero | tr '\0' a | quoit pub big --frame eof 5<&-
  await pipe_is_full
  head -c 3000000 /dev/zero | tr '\0' b | quoit pub big --frame chunk=100000 --full evict=1ms 5<&-
  cat <&5 >"$work/out"
  exec 5<&-
  ended 1
  grep -q evicted "$work/err"
  [ "$(stat -c %s "$work/out")" -eq 300000 ]
  [ "$(tr -d a <"$work/out" | wc -c)" -eq 0 ]
}

@test "a stopped sub holds up nobody, and tells what it has lost" {
  make log --capacity 4K
  listen log
  kill -STOP "$pid"
  seq 1 100000 | quoit pub log
  kill -CONT "$pid"
  ended 0
  grep -q "lost 1 to " "$work/err"
  [ "$(tail -n 1 "$work/out")" = 100000 ]
}

@test "loss ends it with 7 if that is asked for" {
  make log --capacity 4K
  listen log --fail-on-loss
  kill -STOP "$pid"
  seq 1 10000 | quoit pub log
  kill -CONT "$pid"
  ended 7
}

@test "a start in the past goes on behind the ends of publishers that have gone" {
  make log
  for i in 1 2 3; do echo "m$i" | quoit pub log; done
  for which in '--from oldest' '--last 3' '--last 3 --count 3' '--from oldest --reliable'; do
    run -0 --separate-stderr quoit sub log $which
    [ "$output" = $'m1\nm2\nm3' ]
  done
  make bytes --kind stream
  for i in 1 2 3; do echo "s$i" | quoit pub bytes; done
  run -0 --separate-stderr quoit sub bytes
  [ "$output" = $'s1\ns2\ns3' ]
}

@test "a channel that is removed is published to no more" {
  for kind in messages stream; do
    make log --kind $kind
    "$QUOIT" pub log --rate 50 < <(exec yes) 3>&- 2>"$work/err" &
    local publisher=$!
    started+=("$publisher")
    await has_publishers log 1
    quoit rm --force log
    pid=$publisher
    ended 1
    grep -q "removed or replaced" "$work/err"
  done
}

@test "a file that is truncated is an error, and no crash" {
  quoit create log --file "$work/ring" --capacity 64K --background >"$work/pid" 3>&-
  started+=("$(cat "$work/pid")")
  "$QUOIT" sub log --from oldest --timeout 20s 3>&- >"$work/out" 2>"$work/err" &
  local sub=$!
  "$QUOIT" pub log --rate 100 < <(exec yes) 3>&- 2>"$work/err.pub" &
  local publisher=$!
  started+=("$sub" "$publisher")
  await has_publishers log 1
  await has_subscribers log 1
  await [ -s "$work/out" ]
  truncate -s 4096 "$work/ring"
  local code=0
  wait $publisher || code=$?
  [ "$code" -eq 1 ]
  code=0
  wait $sub || code=$?
  [ "$code" -eq 1 ]
  grep -q corrupt "$work/err"
}

@test "kill -9 of the publisher" {
  make log
  listen log
  "$QUOIT" pub log < <(echo last words; exec sleep 1000 2>&- 3>&-) 3>&- &
  local publisher=$!
  await grep -q words "$work/out"
  kill -KILL "$publisher"
  ended 1
  grep -q "publisher died" "$work/err"
}

@test "kill -9 of a reliable subscriber holds up nobody" {
  make log --capacity 4K
  listen log --reliable
  kill -KILL "$pid"
  seq 1 10000 | quoit pub log --timeout 10s
}

@test "follow goes on with the next publisher" {
  make log
  listen log --follow
  echo one | quoit pub log
  echo two | quoit pub log
  await grep -q two "$work/out"
  kill -INT "$pid"
  ended 130
  [ "$(cat "$work/out")" = $'one\ntwo' ]
}

@test "with many publishers it ends with the last" {
  make log --publishers 3
  listen log
  start pub log < <(exec sleep 1000 2>&- 3>&-)
  local first=$pid
  await has_publishers log 1
  pid=${started[1]}
  echo from the second | quoit pub log
  await grep -q second "$work/out"
  kill -0 "$pid"
  kill -INT "$first"
  ended 0
}

@test "interrupted while waiting: 130, on either side" {
  make log
  listen log
  kill -INT "$pid"
  ended 130
  start pub log < <(exec sleep 1000 2>&- 3>&-)
  await has_publishers log 1
  kill -TERM "$pid"
  ended 130
}

@test "waits for the channel, and for subscribers" {
  start sub late --wait --count 1
  sleep 0.1
  echo hello | quoit pub --create late --wait-for 1
  ended 0
  run -6 quoit sub never --wait --timeout 20ms
  run -3 quoit sub never
  run -3 quoit pub never
}

@test "a stream needs nothing but its two ends, whichever comes first" {
  head -c 5M /dev/urandom >"$work/big"
  local first
  for first in pub sub; do
    for size in 3 5M; do
      if [ $first = pub ]; then
        head -c $size "$work/big" | "$QUOIT" pub --stream x 3>&- &
        pid=$!
        await quoit info x
      else
        (await quoit pub --stream x < <(head -c $size "$work/big")) 3>&- &
        pid=$!
      fi
      quoit sub --stream x | cmp - <(head -c $size "$work/big")
      ended 0
      run -3 quoit info x
    done
  done
}

@test "a stream that nobody writes or reads: 3, 6, 130" {
  run -3 --separate-stderr quoit sub --stream x --timeout 20ms
  [[ $stderr == *"try: quoit ls" ]]
  start sub --stream x --wait
  (while kill -INT "$pid"; do sleep 0.05; done) 2>/dev/null 3>&- &  # one that comes too early is ignored
  ended 130
  start pub --stream x < <(echo hello)
  await quoit info x
  kill -INT "$pid"
  ended 130
}

@test "who stops reading is no failure" {
  make log
  set +o pipefail
  start pub log --stay < <(seq 1 100000)
  await eval '[ "$(quoit info log --json | json "j[\"channels\"][0][\"level\"][\"head\"]")" = 100001 ]'
  run -0 --separate-stderr bash -c '"$QUOIT" sub log --from oldest --follow | head -n 1 >/dev/null; exit "${PIPESTATUS[0]}"'
}

@test "of another kind: what was expected and found" {
  make log
  run -5 --separate-stderr quoit sub --stream log
  [[ $stderr == *"stream"*"messages"*"try: quoit info log" ]]
  run -5 quoit pub --stream log </dev/null
  make second
  start pub second < <(exec sleep 1000 2>&- 3>&-)
  await has_publishers second 1
  run -1 --separate-stderr quoit pub second </dev/null
  [[ $stderr == *"pid $pid"* ]]
}

@test "a gigabyte as a stream, with its SHA-256" {
  head -c 64M /dev/urandom >"$work/part"
  local sum
  sum=$(for _ in {1..16}; do cat "$work/part"; done | sha256sum)
  quoit pub --create --stream --capacity 16M --wait-for 1 big "$work/part" --repeat 16 3>&- &
  pid=$!
  [ "$(quoit sub --wait --stream big | sha256sum)" = "$sum" ]
  ended 0
}

@test "a gigabyte as messages, with its SHA-256" {
  head -c 64M /dev/urandom >"$work/part"
  local sum
  sum=$(for _ in {1..16}; do cat "$work/part"; done | sha256sum)
  quoit pub --create --capacity 16M --wait-for 1 big "$work/part" --frame chunk=100003 --repeat 16 3>&- &
  pid=$!
  [ "$(quoit sub --wait --reliable --raw big | sha256sum)" = "$sum" ]
  ended 0
}

@test "a stream that is cut short is no success" {
  make s --kind stream
  "$QUOIT" sub s >"$work/out" 2>"$work/err" 3>&- &
  local reader=$!
  await has_subscribers s 1
  start pub s < <(echo half; exec sleep 1000 2>&- 3>&-)
  await grep -q half "$work/out"
  kill -INT "$pid"
  ended 130
  pid=$reader
  ended 1
}

@test "an end whose publisher has not left yet is not the last look" {
  local kind publisher code=0
  "$SLOW_END" || code=$?
  [ $code -ne 77 ] || skip "this build has no named steps"
  for kind in messages stream; do
    make $kind --kind $kind
    listen $kind
    "$SLOW_END" $kind 3>&- &
    publisher=$!
    started+=("$publisher")
    await grep -q only "$work/out"
    sleep 0.3  # in which it meets the end and waits for another one
    kill -CONT "$publisher"
    ended 0
  done
}
