#!/usr/bin/env bats
# SPDX-License-Identifier: BSL-1.0
# completion, the manual, dump, doctor.
load helpers

# What bash offers for a command line, one a line: offered WORD...
offered() {
  bash -c 'PATH=$1:$PATH; shift; source <(quoit completion bash)
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _quoit; printf "%s\n" "${COMPREPLY[@]}"' - "$(dirname "$QUOIT")" "$@"
}

@test "completion knows verbs, options and the names of channels" {
  make camera/front
  [ "$(offered quoit du)" = dump ]
  [ "$(offered quoit info --js)" = --json ]
  [ "$(offered quoit info cam)" = camera/front ]
  [ "$(offered quoit echo --rel)" = --reliable ]
  [ "$(offered quoit completion z)" = zsh ]
  run -2 quoit completion fish
}

# What zsh offers, with _describe and compadd as it has them inside of a completion: offered_by_zsh WORD...
offered_by_zsh() {
  PATH=$(dirname "$QUOIT"):$PATH zsh -fc 'compdef() { }; source <(quoit completion zsh)
    _describe() { print -l -- ${(P)@[-1]} }; compadd() { print -l -- ${(P)@[-1]} }
    words=("$@"); CURRENT=$#; _quoit' - "$@"
}

@test "zsh knows them too, with what they mean" {
  [[ $(quoit completion zsh | head -n 1) == "#compdef quoit" ]]
  command -v zsh >/dev/null || skip "no zsh here"
  make camera/front
  [[ $(offered_by_zsh quoit du) == *$'\n'"dump:Decode a channel and show"* ]]
  [[ $(offered_by_zsh quoit info --js) == *"--json:"* ]]
  [[ $(offered_by_zsh quoit echo --rel) == *"--reliable:Publishers wait for it"* ]]
  [ "$(offered_by_zsh quoit info cam)" = camera/front ]
  [ "$(offered_by_zsh quoit completion z)" = $'bash\nzsh' ]
}

@test "every verb is in the manual" {
  local verb
  for verb in $(offered quoit ""); do
    [ "$verb" = --help ] || grep -q "^\*$verb\*\|, \*$verb\*" "$BATS_TEST_DIRNAME/../../docs/man/quoit.1.scd" ||
      { echo "no $verb"; return 1; }
  done
}

@test "dump decodes a channel and marks its records" {
  make log --capacity 16K --timestamps
  printf 'hello world\nsecond\n' | quoit pub log --tag 3
  run -0 quoit dump log
  [[ $output == *"capacity         16384 bytes"*"head             3, at position "* ]]
  [[ $output == *"record 1: position 0, offset 0x0, 11 bytes, tag 3, slot 0, time "*"|hello world|"* ]]
  [[ $output == *"record 2: position "*"|second|"* ]]
  run -0 quoit dump log --last 1
  [[ $output != *"record 1:"* ]]
  quoit dump log --json >"$work/dump"
  [ "$(head -n 1 "$work/dump" | json 'j["channel"]["level"]["records"]')" = 2 ]
  [ "$(sed -n 2p "$work/dump" | json 'j["text"]')" = "hello world" ]
}

@test "dump reads a dead channel from its file, and the end of a stream" {
  quoit create log --file "$work/log.quoit"
  "$QUOIT" pub log < <(echo last words; exec sleep 1000 2>&- 3>&-) 3>&- &
  pid=$!
  started+=("$pid")
  await eval 'quoit dump log | grep -q "last words"'
  kill -KILL "$pid"
  wait "$pid" || true
  run -0 quoit dump --file "$work/log.quoit"
  [[ $output == *"publisher dead"*"|last words|"* ]]
  make s --kind stream
  printf 0123456789abcdef | quoit pub s
  run -0 quoit dump s --bytes 4
  [[ $output == *"bytes from position 12, offset 0xc"*"|cdef|"* ]]
}

@test "dump says what it cannot read" {
  run -2 quoit dump
  run -3 quoit dump nobody
  head -c 10000 /dev/urandom >"$work/noise"
  run -1 --separate-stderr quoit dump --file "$work/noise"
  [[ $stderr == *"expected: "*"found: "* ]]
}

@test "doctor says what it found and what to do" {
  run quoit doctor
  [ "$status" -le 1 ]
  for what in memfd locks futex_waitv membarrier /dev/shm "huge pages" registry /proc "pid namespace" RemoveIPC \
    "clock source" governor; do
    [[ $output == *"$what"* ]] || { echo "no $what"; return 1; }
  done
  quoit doctor --json | json '[f for f in j["findings"] if f["state"] != "ok" and not f["advice"]]' >"$work/mute"
  [ "$(cat "$work/mute")" = "[]" ]
  chmod 0777 "$QUOIT_RUNTIME_DIR"
  run -1 quoit doctor
  [[ $output == *"problem "*"registry"*"to do: chmod"* ]]
}

@test "doctor names the channels that cannot be looked at" {
  make sound
  run quoit doctor
  [[ $output == *"channels "*"1, each to be looked at"* ]]
  quoit create lost --file "$work/ring" --background >"$work/pid" 3>&-
  started+=("$(cat "$work/pid")")
  rm "$work/ring"
  (umask 077 && echo noise >"$QUOIT_RUNTIME_DIR/broken")
  run -1 quoit doctor
  [[ $output == *"problem channel broken "*"to do: if nobody needs it, delete it"* ]]
  [[ $output == *"problem channel lost "*"deleted"*"to do: put it back"*"--replace"* ]]
  [[ $output != *"channel sound"* ]]
}
