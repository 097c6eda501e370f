# packages.sh: sourced by quickstart.sh and tests/run.sh. need_packages NAME… installs the Debian packages that are missing, and says which.

BUILD_PACKAGES="gcc libc6-dev make cmake pkg-config libsqlite3-dev libcjson-dev libpng-dev libjpeg62-turbo-dev libwebp-dev libtiff-dev libcairo2-dev libpango1.0-dev
libyaml-dev libexpat1-dev libcurl4-openssl-dev libarchive-dev libssl-dev zlib1g-dev fonts-liberation2 ca-certificates"

need_packages() {
    missing=
    for package; do
        status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=
        [ "$status" = installed ] || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif command -v sudo >/dev/null 2>&1; then
        as_root=sudo
    else
        echo "boxscore needs these Debian packages, and this user can neither install them nor use sudo:$missing" >&2
        return 1
    fi
    echo "installing:$missing"
    log=$(mktemp)
    if ! { $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        echo "boxscore: apt-get could not install:$missing" >&2
        return 1
    fi
    rm -f "$log"
}
