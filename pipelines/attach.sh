#!/bin/bash
# Attaches what run.sh wrote to the release of a tag, where previous.sh finds it the
# next time: attach.sh TAG. The release must be there.
#   GitHub  with gh and GH_TOKEN, which may write contents
#   GitLab  as a generic package, and a link from the release to it, with the job's token
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=pipelines/lib.sh
. "$here/lib.sh"
tag="$1"
out="${MODELBOM_OUT:-modelbom-out}"
files=()
for name in bom.cdx.json bom.cdx.json.sig bom.spdx.json bom.fingerprint.json report.html; do
	[ ! -s "$out/$name" ] || files+=("$name")
done
[ "${#files[@]}" -gt 0 ] || fail "there is nothing to attach in $out"

case "$(platform)" in
github)
	need gh
	gh release upload --clobber --repo "${GITHUB_REPOSITORY:?}" -- "$tag" "${files[@]/#/$out/}"
	;;
gitlab)
	need jq
	ask() { send 'JOB-TOKEN: ' "${CI_JOB_TOKEN:-}" "$@"; }
	escaped="$(jq -rn --arg tag "$tag" '$tag | @uri')"
	project="${CI_API_V4_URL:?}/projects/${CI_PROJECT_ID:?}"
	for name in "${files[@]}"; do
		# A version of a generic package has no slash; a tag may.
		url="$project/packages/generic/modelbom/${escaped//%2F/-}/$name"
		answer="$(ask --upload-file "$out/$name" "$url")"
		[[ "$(status "$answer")" =~ ^20[01]$ ]] || fail "$name: the package registry answers with status $(status "$answer")"
		answer="$(ask -X POST -H 'Content-Type: application/json' "$project/releases/$escaped/assets/links" --data-binary \
			"$(jq -n --arg name "$name" --arg url "$url" '{name: $name, url: $url, direct_asset_path: ("/" + $name), link_type: "other"}')")"
		case "$(status "$answer")" in
		201) ;;
		400 | 409) say "note: the release has a link to $name already" ;;
		*) fail "$name: the release answers with status $(status "$answer"); is there a release of $tag?" ;;
		esac
	done
	;;
esac
say "attached to $tag: ${files[*]}"
