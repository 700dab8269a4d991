# Runs a PostgreSQL server for as long as somebody holds this program's input open, and leaves nothing behind.
# $1: the folder of the server's programs. Prints the folder of its socket when it answers. Each line of input stops
# the server and starts it again.
set -eu
dir=$(mktemp -d "${TMPDIR:-/tmp}/keystow-pg.XXXXXX")
server=
leave() {
    [ -z "$server" ] || { kill -QUIT "$server" && wait "$server"; } 2>/dev/null || true
    rm -rf "$dir"
}
trap leave EXIT
trap 'exit 1' HUP INT TERM

serve() {
    # Ends also if this program is killed. What is synced is not what these tests are about: nobody cuts the power.
    setpriv --pdeathsig QUIT "$1/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c fsync=off \
        -c max_connections=400 2>"$dir/said" &
    server=$!
    exec 3<"$dir/said"
    while read -r line <&3; do
        echo "$line" >>"$dir/log"
        case "$line" in *"ready to accept connections"*) break ;; esac
    done
    kill -0 "$server" 2>/dev/null || { cat "$dir/log" >&2; exit 1; }
    cat <&3 >>"$dir/log" &
    echo "$dir"
}

"$1/initdb" -D "$dir/data" -U keystow -A trust -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 ||
    { cat "$dir/log" >&2; exit 1; }
mkfifo "$dir/said"
serve "$1"
while read -r _; do
    kill -INT "$server"
    wait "$server" || true
    serve "$1"
done
