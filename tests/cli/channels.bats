#!/usr/bin/env bats
# SPDX-License-Identifier: BSL-1.0
# Channels come, are shown, and go: version, ls, info, create, rm, clean, hold.
load helpers

@test "version says its layouts" {
  run -0 quoit version
  [ "$output" = "$(quoit --version)" ]
  [[ $output =~ ^quoit\ [0-9]+\.[0-9]+\.[0-9]+,\ layout\ [0-9]+ ]]
  [ "$(quoit version --json | json 'j["schema"]')" = 1 ]
}

@test "help begins with examples" {
  for verb in "" ls info create rm clean hold version; do
    run -0 quoit $verb --help
    [ "${lines[0]}" = "Examples:" ]
  done
}

@test "an empty registry is no error" {
  run -0 quoit ls
  [ "${#lines[@]}" -eq 1 ]
  [ "$(quoit ls --json)" = '{"schema":1,"channels":[]}' ]
}

@test "a channel is created, listed and shown with its rules" {
  make camera/front --capacity 64K --publishers 3 --slots 5 --max-reliable 2 --records 100 --alignment 64 --timestamps \
    --type frame --type-version 7
  quoit ls --json >"$work/ls"
  [ "$(json 'j["channels"][0]["name"], j["channels"][0]["state"]' <"$work/ls")" = "camera/front alive" ]
  [ "$(json 'j["channels"][0]["holders"]' <"$work/ls")" = "[$pid]" ]
  quoit info camera/front --json >"$work/info"
  [ "$(json '[j["channels"][0][k] for k in ("capacity", "publishers", "slots", "max_reliable", "records", "alignment", "timestamps")]' \
    <"$work/info")" = "[65536, 3, 5, 2, 128, 64, True]" ]
  [ "$(json 'j["channels"][0]["type"]["name"], j["channels"][0]["type"]["version"]' <"$work/info")" = "frame 7" ]
  run -0 quoit info camera/front
  [[ $output == *"64 KiB"*"3 publishers"*"pid $pid, quoit"* ]]
}

@test "a name that is taken is refused, and replaced if that is asked for" {
  make x
  run -1 --separate-stderr quoit create x
  [[ $stderr == *"to do: "*$'\n'"try: quoit info x" ]]
  local first=$pid
  make x --replace --capacity 8K
  await is_gone "$first"  # it was told, and let go
  [ "$(quoit info x --json | json 'j["channels"][0]["capacity"]')" = 8192 ]
}

@test "patterns and --all" {
  make camera/front
  make camera/back
  make log --kind stream
  [ "$(quoit info 'camera/*' --json | json 'len(j["channels"])')" = 2 ]
  [ "$(quoit info --all --json | json 'len(j["channels"])')" = 3 ]
  [ "$(quoit ls 'l?g' --json | json '[c["kind"] for c in j["channels"]]')" = "['stream']" ]
  run -3 --separate-stderr quoit info 'radar/*'
  [[ $stderr == *"no channel whose name fits"*"try: quoit ls" ]]
}

@test "rm leaves a live one alone without --force" {
  make x
  run -1 --separate-stderr quoit rm x
  [[ $stderr == *"in use: pid $pid"*"--force"* ]]
  run -0 quoit rm x --dry-run
  [[ $output == "would refuse x"* ]]
  run -0 quoit rm x --dry-run --force
  [[ $output == "would retire x"* ]]
  has_state_alive() { [ "$(quoit ls --json | json 'j["channels"][0]["state"]')" = alive ]; }
  has_state_alive
  run -0 quoit rm x --force
  await is_gone "$pid"
  run -3 quoit rm x
}

@test "a channel in a file outlives everybody, is shown, and goes with rm" {
  run -0 quoit create log --file "$work/log.quoit" --capacity 16K
  [ "$(quoit ls --json | json 'j["channels"][0]["state"]')" = dormant ]
  run -0 quoit info log
  [[ $output == *"dormant"*"holders  nobody"* ]]
  run -0 quoit info --file "$work/log.quoit"
  run -0 quoit rm log
  [ ! -e "$work/log.quoit" ]
}

@test "nothing that others have named can move the cursor: files, labels, programs" {
  local evil=$'a\e[2Jb\xc2\x9bc\x7fd\xffe'
  ln -s "$QUOIT" "$work/$evil"
  run -0 quoit create log --file "$work/$evil.quoit"
  "$work/$evil" pub log --stay --label "$evil" < <(exec sleep 1000 2>&- 3>&-) 3>&- &
  started+=("$!")
  await has_publishers log 1
  local look
  for look in "info log" "info log --json" "ls --json" "rm log --dry-run" "rm log --dry-run --force" "dump log" "top --once" \
    "delay log --count 1 --interval 1ms"; do
    quoit $look >"$work/shown"
    [ "$(LC_ALL=C tr -cd '\033\177\233\377' <"$work/shown" | wc -c)" -eq 0 ] || { echo "$look"; cat -v "$work/shown"; return 1; }
  done
  run -0 quoit info log
  [[ $output == *"file     $work/"'a\x1b[2Jb\xc2\x9bc\x7fd\xffe.quoit'* ]]
  [[ $output == *"a?[2Jb??c?d?e"* ]]
  run -0 quoit info --file "$work/$evil.quoit"
  [[ $output == *'a\x1b[2Jb'* ]]
  run -0 quoit rm log --force
  [[ $output == "retired log (alive, $work/"'a\x1b[2Jb\xc2\x9bc\x7fd\xffe.quoit)' ]]
}

@test "clean removes what a killed process has left, and nothing else" {
  make dead
  kill -KILL "$pid"
  make alive
  await is_gone "${started[0]}"
  run -0 quoit clean --dry-run
  [ "$output" = "would remove dead: its last holder has gone" ]
  run -0 quoit clean
  [ "$output" = "removed dead: its last holder has gone" ]
  [ "$(quoit ls --json | json '[c["name"] for c in j["channels"]]')" = "['alive']" ]
  run -0 quoit clean
  [ -z "$output" ]
}

@test "hold keeps a channel when its creator has gone" {
  make x
  local creator=$pid
  started+=("$(quoit hold x --background 3>&-)")
  kill -KILL "$creator"
  await is_gone "$creator"
  run -0 quoit info x
  [[ $output != *"pid $creator"* ]]
}

@test "hold ends when it is told to, when its time is over, and when the channel is retired" {
  make x
  start hold x
  await eval '[ "$(quoit ls --json | json "len(j[\"channels\"][0][\"holders\"])")" = 2 ]'
  kill -INT "$pid"
  ended 130
  run -0 quoit hold x --for 10ms
  start hold x
  await eval '[ "$(quoit ls --json | json "len(j[\"channels\"][0][\"holders\"])")" = 2 ]'
  quoit rm --force x
  ended 0
}

@test "hold --keeper lets another pid namespace in" {
  unshare --pid --fork true 2>/dev/null || skip "this system refuses a pid namespace"
  make x
  run ! unshare --pid --fork "$QUOIT" info x
  start hold x --keeper
  await compgen -G "$QUOIT_RUNTIME_DIR/.*.keeper-????????????????"
  run -0 unshare --pid --fork "$QUOIT" info x
  kill -INT "$pid"
  ended 130
  run ! compgen -G "$QUOIT_RUNTIME_DIR/.*.keeper-*"
}

@test "exit codes of set-up" {
  run -2 quoit
  run -2 --separate-stderr quoit frobnicate
  [[ $stderr == *"no verb 'frobnicate'"*"try: quoit --help" ]]
  run -2 quoit info
  run -2 quoit create 'a b'
  run -2 quoit create x --alignment 17
  run -3 quoit info nobody
  run -3 quoit hold nobody
  mkdir -m 0777 "$work/open" && chmod 0777 "$work/open"
  QUOIT_RUNTIME_DIR=$work/open run -4 --separate-stderr quoit ls
  [[ $stderr == *"chmod"*"try: quoit doctor" ]]
}

@test "who else may use a channel, and who alone publishes in it" {
  make x --mode 0640
  [ "$(stat -c %a "$QUOIT_RUNTIME_DIR/x")" = 640 ]
  run -2 quoit create y --mode 0700
  run -2 quoit create y --mode rw
  start pub --create --creator-only z --stay <<<one
  await quoit info z
  [[ $(quoit info z) == *"by its creator alone"* ]]
  [ "$(quoit info z --json | json 'j["channels"][0]["creator_only"]')" = True ]
  run -4 --separate-stderr quoit pub z <<<two
  [[ $stderr == *"only its creator may publish"*"try: quoit info z" ]]
  [ "$(quoit sub z --from oldest --count 1)" = one ]
}

@test "a channel of a newer layout is refused with what was expected and found" {
  quoit create log --file "$work/log.quoit"
  printf '\x63' | dd of="$work/log.quoit" bs=1 seek=8 conv=notrunc status=none
  run -5 --separate-stderr quoit info log
  [[ $stderr == *"expected: layout version"*"found: layout version 99"*"try: quoit version" ]]
  run -5 quoit info --file "$work/log.quoit"
}

@test "who stops reading ends it without a word" {
  make x
  set +o pipefail
  run -0 --separate-stderr bash -c '"$QUOIT" ls --watch --interval 10ms | head -n 1; exit "${PIPESTATUS[0]}"'
  [ -z "$stderr" ]
}

@test "a full disk is told" {
  run -1 --separate-stderr bash -c '"$QUOIT" version >/dev/full'
  [[ $stderr == *"No space left"* ]]
}

@test "colours only on a terminal" {
  make x
  run -0 quoit ls
  [[ $output != *$'\033'* ]]
  run -0 env TERM=xterm script -qec "$QUOIT ls" /dev/null
  [[ $output == *$'\033[1mx\033[0m'* ]]
  run -0 env TERM=xterm NO_COLOR=1 script -qec "$QUOIT ls" /dev/null
  [[ $output != *$'\033'* ]]
}

@test "channels of another user: foreign, unless --owner says otherwise" {
  [ "$(id -u)" = 0 ] || skip "only root can give a file away"
  make theirs --mode 0644
  chown 61001 "$QUOIT_RUNTIME_DIR/theirs"
  run -0 quoit ls --json
  [ "$(json 'j["channels"][0]["state"]' <<<"$output")" = foreign ]
  run -0 quoit ls --json --owner 61001
  [ "$(json 'j["channels"][0]["state"]' <<<"$output")" = alive ]
  for verb in 'info theirs' 'dump theirs' 'hz theirs -n 1' 'stat theirs -n 1' 'top theirs --once' 'sub theirs --timeout 0s'; do
    run -4 --separate-stderr quoit $verb
    [[ $stderr == *"user 61001"*"say so (--owner)"*"try: quoit doctor" ]]
  done
  for verb in 'info theirs' 'dump theirs' 'hz theirs -n 1 -i 10ms' 'stat theirs -n 1 -i 10ms' 'top theirs --once -i 10ms'; do
    run -0 --separate-stderr quoit $verb --owner 61001
    [ -z "$stderr" ]
  done
  run -3 --separate-stderr quoit top nowhere --once
}

@test "what somebody has planted is damaged, and nobody is told to trust it" {
  ln -s /etc/passwd "$QUOIT_RUNTIME_DIR/planted"
  make log
  ln "$QUOIT_RUNTIME_DIR/log" "$QUOIT_RUNTIME_DIR/too"
  run -0 quoit ls --json
  [ "$(json '{c["state"] for c in j["channels"]}' <<<"$output")" = "{'damaged'}" ]
  for name in planted too; do
    run -4 --separate-stderr quoit info $name
    [[ $stderr == *"find out who put it there, and delete it"* ]]
  done
}

@test "rm says if what is in a channel's file is not that channel any more" {
  quoit create log --file "$work/ring" >/dev/null
  run -0 quoit rm log
  [[ $output != *stays* ]]
  [ ! -e "$work/ring" ]
  quoit create log --file "$work/ring" >/dev/null
  truncate -s 0 "$work/ring"
  run -0 quoit rm log
  [[ $output == *stays* ]]
  [ -e "$work/ring" ]
}
