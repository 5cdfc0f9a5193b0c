#!/bin/bash
# Fetches the document of the last release, and its fingerprint where there is one,
# which tells how weights changed: previous.sh FOLDER
# MODELBOM_PREVIOUS says where it is:
#   release     the file bom.cdx.json of the latest release on this platform
#   https://... an address, asked without any token
#   PATH        a file
# Ends with 3 when there is none yet: a path, address or release that is not there.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=pipelines/lib.sh
. "$here/lib.sh"

none=3
# Larger documents are read by no platform; a wrong address must not fill a disk.
max_bytes=$((512 << 20))
document=bom.cdx.json fingerprint=bom.fingerprint.json
folder="$1"
part="$folder/part"
trap 'rm -f "$part"' EXIT

# fetch NAME WHAT URL [HEADER TOKEN] puts an answer into the folder under NAME. It
# fails with $none when the server says that there is nothing. Redirects are followed
# here and not by curl, which keeps only some headers from another host: the token
# goes to the origin of URL and nowhere else.
fetch() {
	local name="$1" what="$2" url="$3" header="${4:-}" token="${5:-}" answer code hop
	local home
	home="$(origin "$url")"
	for ((hop = 0; hop <= max_redirects; hop++)); do
		[ "$(origin "$url")" = "$home" ] || header=
		answer="$(download "$url" "$header" "$token")" || fail "$what: the download broke off"
		code="${answer%% *}"
		case "$code" in
		200)
			mv "$part" "$folder/$name"
			return
			;;
		404) return "$none" ;;
		301 | 302 | 303 | 307 | 308) url="${answer#* }" ;;
		*) fail "$what: the server answers with status $code" ;;
		esac
	done
	fail "$what: more than $max_redirects redirects"
}

max_redirects=5

# origin URL is its scheme, host and port.
origin() { [[ "$1" =~ ^[^:/]+://[^/?#]* ]] && printf '%s' "${BASH_REMATCH[0]}"; }

# download URL HEADER TOKEN prints the status and where a redirect leads.
download() {
	local config accept=()
	config="$(header "$2" "$3")" || exit 1
	[ -z "$config" ] || accept=(-H 'Accept: application/octet-stream')
	curl --silent --show-error --proto '=http,https' --max-filesize "$max_bytes" --retry "${MODELBOM_RETRIES:-3}" "${curl_limits[@]}" \
		--output "$part" --write-out '%{http_code} %{redirect_url}' "${accept[@]}" --config - --url "$1" <<<"$config"
}

# both COMMAND fetches the document with COMMAND NAME WHAT, then the fingerprint.
both() {
	"$1" "$document" "$document of the last release" || missing "$?"
	"$1" "$fingerprint" "its fingerprint" || [ "$?" = "$none" ] || exit 1
}

missing() {
	[ "$1" = "$none" ] || exit 1
	say "no earlier document: there is no release with a $document"
	exit "$none"
}

from_github() {
	local api="${GITHUB_API_URL:-https://api.github.com}/repos/${GITHUB_REPOSITORY:?}" answer id
	answer="$(send 'Authorization: Bearer ' "${GITHUB_TOKEN:-}" -H 'Accept: application/vnd.github+json' "$api/releases/latest")" || exit 1
	case "$(status "$answer")" in
	200) ;;
	404) return "$none" ;;
	*) fail "the latest release: GitHub answers with status $(status "$answer")" ;;
	esac
	id="$(body "$answer" | jq -r --arg name "$1" 'first(.assets[]? | select(.name == $name) | .id) // empty')" || exit 1
	[[ "$id" =~ ^[0-9]+$ ]] || return "$none"
	fetch "$1" "$2" "$api/releases/assets/$id" 'Authorization: Bearer ' "$GITHUB_TOKEN"
}

from_gitlab() {
	fetch "$1" "$2" "${CI_API_V4_URL:?}/projects/${CI_PROJECT_ID:?}/releases/permalink/latest/downloads/$1" 'JOB-TOKEN: ' "${CI_JOB_TOKEN:?}"
}

case "$MODELBOM_PREVIOUS" in
release)
	case "$(platform)" in
	github)
		need jq
		both from_github
		;;
	gitlab) both from_gitlab ;;
	esac
	;;
http://* | https://*)
	fetch "$document" "the address of the last document" "$MODELBOM_PREVIOUS" || missing "$?"
	if [[ "$MODELBOM_PREVIOUS" == */"$document" ]]; then
		fetch "$fingerprint" "its fingerprint" "${MODELBOM_PREVIOUS%/*}/$fingerprint" || [ "$?" = "$none" ] || exit 1
	fi
	;;
*)
	[ -e "$MODELBOM_PREVIOUS" ] || missing "$none"
	cp -- "$MODELBOM_PREVIOUS" "$folder/$document"
	beside="$(dirname -- "$MODELBOM_PREVIOUS")/$fingerprint"
	[ ! -f "$beside" ] || cp -- "$beside" "$folder/$fingerprint"
	;;
esac
