# shellcheck shell=bash disable=SC2034
# What install, rollback, restore and backup share. Bash, to be sourced.

RELEASES=/opt/evalsite/releases
CURRENT=/opt/evalsite/current
PREVIOUS=/opt/evalsite/previous
BEFORE_UPGRADE=/opt/evalsite/before-upgrade
RESTORING=/opt/evalsite/restoring
SETTINGS=/etc/evalsite/evalsite.env
OWNER_SETTINGS=/etc/evalsite/owner.env
BACKUP_KEY=/etc/evalsite/backup-key.txt
BACKUPS=/var/backups/evalsite
EVALSITE=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/evalsite
SERVICES=(evalsite-web evalsite-worker evalsite-beat)
REFUSED=1 WRONG_USAGE=2 SERVICE_MISSING=3

# With DESTDIR, files are written below that folder, and nothing else is changed.
DESTDIR=${DESTDIR:-}
DRY_RUN=${DRY_RUN:-}
CHANGES=0

set -E
# BASH_COMMAND has the names of variables, not their values, which may be passwords.
trap 'echo "error: line $LINENO of ${BASH_SOURCE[0]:-$0} failed: $BASH_COMMAND. Fix: read the lines above, if there are \
any, then run it again" >&2' ERR

say() { printf '%s\n' "$*"; }

# fail CODE WORDS: end with an error.
fail() {
    printf 'error: %s\n' "$2" >&2
    exit "$1"
}

# change WORDS COMMAND...: announce and count a change, and make it unless this is a dry run.
change() {
    local words=$1
    shift
    CHANGES=$((CHANGES + 1))
    if [ -n "$DRY_RUN" ]; then
        say "would $words"
    else
        say "$words"
        "$@"
    fi
}

# put_file MODE OWNER:GROUP PATH: make the file what standard input says.
put_file() {
    local mode=$1 owner=$2 path=$DESTDIR$3 new
    new=$(mktemp)
    cat >"$new"
    if cmp -s "$new" "$path" && [ "$(stat -c %a "$path")" = "$mode" ]; then
        rm "$new"
        return
    fi
    change "write $3" write_file "$mode" "$owner" "$path" "$new"
    rm "$new"
}

write_file() {
    local owner=("-o" "${2%:*}" "-g" "${2#*:}")
    [ -z "$DESTDIR" ] || owner=()
    install -D -m "$1" "${owner[@]}" "$4" "$3"
}

# setting FILE NAME: the value of a setting without quotes; empty if it has none.
setting() { [ ! -e "$DESTDIR$1" ] || sed -n "s/^$2=\([\"']\?\)\(.*\)\1\$/\2/p" "$DESTDIR$1" | tail -1; }

# ensure_setting FILE NAME VALUE: add a setting that the file lacks. Never changes one.
ensure_setting() {
    grep -q "^$2=" "$DESTDIR$1" 2>/dev/null && return
    change "add $2 to $1" add_line "$DESTDIR$1" "$2=$3"
}

# add_line FILE LINE: the last line of a file that was edited by hand may have no end.
add_line() {
    [ -z "$(tail -c 1 "$1")" ] || echo >>"$1"
    printf '%s\n' "$2" >>"$1"
}

# has_line TEXT LINE
has_line() { grep -qxF -- "$2" <<<"$1"; }

# random_secret: 48 hexadecimal digits.
random_secret() { head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

# as_postgres SQL [DATABASE]: the SQL may contain a password, so it is no argument, which all users could read.
as_postgres() { runuser -u postgres -- psql --no-psqlrc -qAtX -v ON_ERROR_STOP=1 -d "${2:-postgres}" <<<"$1"; }

# The password in an address of the form scheme://user:password@..., where %40 means @.
password() {
    local userinfo=${1%@*}
    userinfo=${userinfo##*:}
    printf '%b' "${userinfo//%/\\x}"
}

# can_sign_in ROLE ADDRESS: whether PostgreSQL takes the password in a database's address.
can_sign_in() {
    local place=${2##*@}
    PGPASSWORD=$(password "$2") psql --no-psqlrc -qAtX -c "SELECT 1" "postgres://$1@${place%/*}/postgres" >/dev/null 2>&1
}

create_database() {
    as_postgres "CREATE DATABASE evalsite OWNER evalsite_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"
}

# restore_database RELEASE FILE IDENTITY: rename the present database and restore a backup into a new one. The site is
# stopped. If restoring fails, the site starts again with the database as it was.
restore_database() {
    local aside
    aside=evalsite_until_$(date -u +%Y%m%d_%H%M%S)
    # Until this file is gone, evalsite-migrate and so the site do not start: the database may be empty.
    {
        echo "$aside" >$RESTORING && sync $RESTORING "$(dirname $RESTORING)" &&
            as_postgres "ALTER DATABASE evalsite RENAME TO $aside"
    } || {
        rm -f $RESTORING
        start_site
        fail $REFUSED "the database could not be renamed, so nothing was changed. Fix: end what uses it, such as a \
running backup or a psql, and run this again"
    }
    { create_database && manage "$1" restore "$2" --identity "$3"; } || {
        undo_restore "$aside"
        start_site
        fail $REFUSED "the backup could not be restored, so nothing was changed. Fix: read the lines above"
    }
    rm $RESTORING
    sync "$(dirname $RESTORING)"
    say "The earlier database is now called $aside. To delete it: runuser -u postgres -- dropdb $aside"
}

# undo_restore ASIDE: give the database that restore_database has renamed its name again.
undo_restore() {
    as_postgres "DROP DATABASE IF EXISTS evalsite"
    as_postgres "ALTER DATABASE $1 RENAME TO evalsite"
    rm $RESTORING
}

# After a restore that the machine's restart has interrupted, put the earlier database back.
undo_interrupted_restore() {
    local aside found
    [ -e $RESTORING ] || return 0
    aside=$(cat $RESTORING)
    [ -n "$aside" ] || fail $REFUSED "$RESTORING does not name the database from before an interrupted restore. Fix: \
list the databases with: runuser -u postgres -- psql -l. If one is called evalsite_until_ and the time of that restore, \
write its name into the file, otherwise delete the file. Then run this again"
    systemctl start postgresql
    found=$(as_postgres "SELECT 1 FROM pg_database WHERE datname = '$aside'") ||
        fail $REFUSED "PostgreSQL did not answer, so nothing was changed. Fix: read journalctl -u postgresql@17-main, \
then run this again"
    if [ "$found" = 1 ]; then
        change "put back the database from before an interrupted restore" undo_restore "$aside"
    else
        change "remove what an interrupted restore has left" rm $RESTORING
    fi
}

# manage RELEASE COMMAND...: run a management command of a release, as the user that this version has for it.
manage() {
    local release=$1
    shift
    EVALSITE_RELEASE=$release "$EVALSITE" "$@"
}

# started_before UNIT FILE...: whether a unit does not run, or started before one of the files was written.
started_before() {
    local unit=$1 begun file
    shift
    systemctl is-active --quiet "$unit" 2>/dev/null || return 0
    begun=$(systemctl show --timestamp=unix --property=ActiveEnterTimestamp --value "$unit")
    for file in "$@"; do
        [ ! -e "$file" ] || [ "$(stat -c %Y "$file")" -le "${begun#@}" ] || return 0
    done
    return 1
}

stop_site() { systemctl stop "${SERVICES[@]}" evalsite-migrate; }
start_site() { systemctl start "${SERVICES[@]}"; }

# wait_ready SECONDS: until the site answers that it can serve.
wait_ready() {
    local end=$((SECONDS + $1))
    until curl --silent --fail --max-time 5 --output /dev/null http://127.0.0.1:8000/readyz; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.3
    done
}

# point LINK TARGET: replace a symbolic link in one step.
point() {
    ln -sfn "$2" "$1.new"
    mv -T "$1.new" "$1"
}

require_root() { [ "$(id -u)" = 0 ] || fail $WRONG_USAGE "this needs root. Fix: sudo $0"; }
