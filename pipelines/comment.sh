#!/bin/bash
# Puts a comment on the pull request or merge request of this run, or writes it anew
# where an earlier run left one: comment.sh FILE
# The first line of FILE is the mark by which the earlier one is found. Only comments
# of the same author count, so that nobody can have theirs overwritten.
#   GitHub  GITHUB_TOKEN with pull-requests: write; MODELBOM_PULL_REQUEST is the number
#   GitLab  MODELBOM_GITLAB_TOKEN with the scope api; the job's own token may not write notes
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=pipelines/lib.sh
. "$here/lib.sh"
need jq
need curl
file="$1"
mark="$(head -n 1 "$file")"
[[ "$mark" == '<!-- modelbom: '*' -->' ]] || fail "$file does not begin with a mark"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# max_pages bounds the search: ten thousand comments.
max_pages=100

# shorten BYTES cuts the comment at a line where the platform would refuse it.
shorten() {
	if [ "$(wc -c <"$file")" -le "$1" ]; then
		cat "$file"
		return
	fi
	LC_ALL=C awk -v max="$(($1 - 200))" '{ n += length($0) + 1; if (n > max) exit; print }' "$file"
	printf '\n</details>\n\n_Cut here: the whole report is among the artifacts of this run._\n'
}

# find_comment LIST-URL FILTER sets $id to the number of the earliest comment that
# has the mark and that FILTER selects, or to nothing.
find_comment() {
	local page answer
	id=
	for ((page = 1; page <= max_pages; page++)); do
		answer="$(ask "$1&per_page=100&page=$page")"
		[ "$(status "$answer")" = 200 ] || refused "$answer" "reading comments"
		id="$(body "$answer" | jq -r --arg mark "$mark" --arg author "$author" \
			"first(.[] | select((.body // \"\") | startswith(\$mark)) | select($2) | .id) // empty")" ||
			fail "reading comments: the answer is no list of comments"
		[ -z "$id" ] || break
		[ "$(body "$answer" | jq length)" -ge 100 ] || break
	done
	[[ "$id" =~ ^[0-9]*$ ]] || fail "the answer has no number of a comment"
}

# refused ANSWER WHAT ends the script. A token that may not write is usual for a pull
# request from a fork, and no failure: the comment is among the artifacts.
refused() {
	case "$(status "$1")" in
	401 | 403)
		say "warning: $2: the token may not do that (status $(status "$1")); there is no comment"
		say "hint: requests from forks have such tokens; otherwise give the job leave to write comments"
		exit 0
		;;
	esac
	fail "$2: the server answers with status $(status "$1")"
}

# write METHOD URL GOOD-STATUS
write() {
	local answer
	jq -n --rawfile body "$work/comment.md" '{body: $body}' >"$work/body.json"
	answer="$(ask -X "$1" -H 'Content-Type: application/json' --data-binary "@$work/body.json" "$2")"
	[ "$(status "$answer")" = "$3" ] || refused "$answer" "writing the comment"
}

# put METHOD writes the comment where there is one with METHOD, else a new one.
put() {
	find_comment "$list?sort=$sort" "$filter"
	if [ -n "$id" ]; then
		write "$1" "$one/$id" 200
		say "comment $id is written anew"
	else
		write POST "$list" 201
		say "comment is written"
	fi
}

# shellcheck disable=SC2016 # the filters are jq's, and so are their variables
case "$(platform)" in
github)
	number="${MODELBOM_PULL_REQUEST:-}"
	[[ "$number" =~ ^[0-9]+$ ]] || { say "note: this is no pull request; no comment"; exit 0; }
	author="${MODELBOM_COMMENT_AUTHOR:-github-actions[bot]}"
	ask() { send 'Authorization: Bearer ' "${GITHUB_TOKEN:-}" -H 'Accept: application/vnd.github+json' "$@"; }
	api="${GITHUB_API_URL:-https://api.github.com}/repos/${GITHUB_REPOSITORY:?}/issues"
	list="$api/$number/comments" one="$api/comments" sort=created filter='.user.login == $author'
	shorten 65000 >"$work/comment.md" # the platform takes 65,536 characters
	put PATCH
	;;
gitlab)
	number="${CI_MERGE_REQUEST_IID:-}"
	[[ "$number" =~ ^[0-9]+$ ]] || { say "note: this is no merge request; no comment"; exit 0; }
	if [ -z "${MODELBOM_GITLAB_TOKEN:-}" ]; then
		say "note: MODELBOM_GITLAB_TOKEN is not set; no comment"
		exit 0
	fi
	ask() { send 'PRIVATE-TOKEN: ' "$MODELBOM_GITLAB_TOKEN" "$@"; }
	answer="$(ask "${CI_API_V4_URL:?}/user")"
	[ "$(status "$answer")" = 200 ] || refused "$answer" "asking whose token it is"
	author="$(body "$answer" | jq -r '.id')"
	list="$CI_API_V4_URL/projects/${CI_PROJECT_ID:?}/merge_requests/$number/notes" one="$list" sort=asc filter='(.author.id | tostring) == $author'
	shorten 900000 >"$work/comment.md" # the platform takes 1,000,000 characters
	put PUT
	;;
*) fail "MODELBOM_PLATFORM is neither github nor gitlab" ;;
esac
