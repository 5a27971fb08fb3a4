#!/bin/bash
# util-linux's flock(1) as a contender, by the form that its manual page gives
# for scripts: exec 4<>FILE; flock -n 4. This shell is the process that locks.

set -u
export LC_ALL=C

if ! flock --version 2>/dev/null | grep -q util-linux; then
  echo "util-linux's flock is not installed" >&2
  exit 69
fi
version=$(flock --version)
declare -A descriptor=() # of each handle
declare -A path_of=()

decode() { # FIELD; the bytes go to $decoded
  case $1 in
    %) decoded= ;;
    *%00*) return 1 ;; # no shell can pass a NUL on
    *) printf -v decoded %b "${1//%/\\x}" ;;
  esac
}

# PATH WAIT; 0 locked, with $fd; 1 refused; 2 an error, with $message, encoded
try() {
  local limit
  case $2 in
    0) limit=(-n) ;;
    forever) limit=() ;;
    *) limit=(-w "$(($2 / 1000)).$(printf %03d "$(($2 % 1000))")") ;;
  esac
  # Nothing here needs a second descriptor, so that running out of them is
  # noticed at the one that matters.
  if ! exec {fd}<>"$1"; then
    message=the%20shell%20cannot%20open%20it;%20see%20standard%20error
    return 2
  fi
  flock "${limit[@]}" -E 75 "$fd"
  case $? in
    0) return 0 ;;
    75) exec {fd}>&- && return 1 ;;
    *)
      message=flock%20failed;%20see%20standard%20error
      exec {fd}>&-
      return 2
      ;;
  esac
}

acquire() { # HANDLE FIELD WAIT
  local handle=$1 fd
  if ! decode "$2"; then
    echo "error $handle a%20shell%20cannot%20pass%20a%20NUL%20on"
  else
    unset "descriptor[$handle]"
    path_of[$handle]=$decoded
    try "$decoded" "$3"
    case $? in
      0)
        descriptor[$handle]=$fd
        echo "acquired $handle"
        ;;
      1) echo "busy $handle" ;;
      2) echo "error $handle $message" ;;
    esac
  fi
}

release() { # HANDLE
  local fd=${descriptor[$1]:-}
  if [ -n "$fd" ]; then
    descriptor[$1]=
    if flock -u "$fd"; then
      exec {fd}>&-
      echo "released $1"
    else
      exec {fd}>&-
      echo "error $1 flock%20-u%20failed;%20see%20standard%20error"
    fi
  else
    echo "error $1 there%20is%20nothing%20to%20release"
  fi
}

child() { # MODE DESCRIPTOR PATH; its standard output says when it has done it
  local fd never
  case $1 in
    exit) exit 0 ;;
    exec) exec sleep 1000000 >/dev/null ;;
    release) flock -u "$2" ;;
    acquire)
      try "$3" 0
      case $? in
        0) printf acquired ;;
        1) printf busy ;;
        2) printf error ;;
      esac
      ;;
  esac
  exec >/dev/null {never}<> <(:)
  while read -r -u "$never" _; do :; done
}

fork() { # HANDLE MODE
  local fd=${descriptor[$1]:-} said='' ready pid
  case $fd:$2 in
    :*) echo unsupported ;;
    *:idle | *:release | *:exit | *:exec | *:acquire)
      exec {ready}< <(exec </dev/null && child "$2" "$fd" "${path_of[$1]}")
      pid=$!
      read -r -u "$ready" said
      exec {ready}<&-
      echo "forked $pid${said:+ $said}"
      ;;
    *) echo unsupported ;;
  esac
}

while read -r word one two three rest; do
  case $word in
    hello)
      echo "hello lockfile-contender/1 name=flock version=${version##* }" \
        "pid=$$ can=wait,forever,fork,touch,chdir"
      ;;
    acquire) acquire "$one" "$two" "$three" ;;
    release) release "$one" ;;
    touch) decode "$one" && : >>"$decoded" && echo touched ;;
    chdir) decode "$one" && cd "$decoded" && echo changed ;;
    fork) fork "$one" "$two" ;;
    *) echo unsupported ;;
  esac
done
