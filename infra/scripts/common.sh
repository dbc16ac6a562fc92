# Sourced by the scripts beside it: what azd has put out, and patience.
set -eu

value() { # the value of one of main.bicep's outputs
  eval "known=\${$1:-}"
  if [ -n "$known" ]; then echo "$known"; else azd env get-value "$1"; fi
}

patiently() { # try a command for ten minutes: roles and functions take a while to be seen
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    if [ "$tries" -ge 20 ]; then
      echo "Given up after $tries tries: $*" >&2
      return 1
    fi
    sleep 30
  done
}
