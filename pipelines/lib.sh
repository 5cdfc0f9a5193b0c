# Shared by the scripts of this folder; sourced, never run.
# shellcheck shell=bash

say() { printf 'modelbom pipeline: %s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

need() {
	command -v "$1" >/dev/null || fail "$1 is needed and is not there"
}

# lines VARIABLE ARRAY puts the lines of a variable that are not empty into an
# array. An input with several values has one on each line: no shell splits it,
# so that spaces, quotes and patterns in it are only text.
lines() {
	local line
	local -n into="$2"
	into=()
	while IFS= read -r line; do
		line="${line#"${line%%[![:space:]]*}"}"
		line="${line%"${line##*[![:space:]]}"}"
		[ -z "$line" ] || into+=("$line")
	done <<<"${!1:-}"
}

# plain TEXT is TEXT without what could end a line, a comment or a table.
plain() {
	printf '%s' "$1" | LC_ALL=C tr -cd 'A-Za-z0-9._/@:+ -' | sed 's/--*/-/g' | cut -c1-200
}

# The longest that the other side may take to accept a connection and to answer.
curl_limits=(--connect-timeout 20 --max-time 300)

# header HEADER TOKEN is a line of curl's configuration, nothing without a header. The
# token reaches curl by its standard input, since every process can see arguments.
header() {
	[ -n "$1" ] || return 0
	case "$2" in
	'' | *[!A-Za-z0-9_.~+/=:-]*) fail "the token is empty or has characters that no token has" ;;
	esac
	printf 'header = "%s%s"\n' "$1" "$2"
}

# send HEADER TOKEN CURL-ARGUMENTS... prints the body of the answer, then a line with
# its status. No redirect is followed.
send() {
	local config
	config="$(header "$1" "$2")" || exit 1
	shift 2
	curl --silent --show-error --proto '=http,https' "${curl_limits[@]}" --write-out '\n%{http_code}\n' --config - "$@" <<<"$config"
}

# status ANSWER and body ANSWER take apart what send printed.
status() { tail -n 1 <<<"$1"; }
body() { sed '$d' <<<"$1"; }

# platform says where the script runs.
platform() {
	if [ -n "${MODELBOM_PLATFORM:-}" ]; then
		echo "$MODELBOM_PLATFORM"
	elif [ "${GITHUB_ACTIONS:-}" = true ]; then
		echo github
	elif [ "${GITLAB_CI:-}" = true ]; then
		echo gitlab
	else
		fail "this is neither GitHub nor GitLab; say which with MODELBOM_PLATFORM"
	fi
}
