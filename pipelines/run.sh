#!/bin/bash
# Writes the documents of a model, checks them, compares them with those of the
# last release and puts a comment together. See docs/release-pipeline.md for the
# variables. It ends with 0 when all of that is written, whatever it says, so that
# a pipeline can keep the documents first; verdict.sh then ends the job.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=pipelines/lib.sh
. "$here/lib.sh"

modelbom="${MODELBOM_COMMAND:-modelbom}"
out="${MODELBOM_OUT:-modelbom-out}"
repo="${MODELBOM_REPO:-}"
[ -n "$repo" ] || fail "MODELBOM_REPO names no model repository"
need "$modelbom"

mkdir -p "$out"

# run CODES COMMAND... runs it and sets $code. Only the codes in the list go on.
run() {
	local allowed=" $1 "
	shift
	code=0
	"$@" || code=$?
	[[ "$allowed" == *" $code "* ]] || { say "error: ${*:1:2} ended with $code"; exit "$code"; }
}

# A run that breaks off must not leave the outcome of an earlier one. The earlier
# document may lie where this run writes, so it is fetched first.
rm -f "$out/outcome"
compared=
if [ -n "${MODELBOM_PREVIOUS:-}" ]; then
	mkdir -p "$out/previous"
	rm -f "$out"/previous/bom.{cdx,fingerprint}.json
	run "0 3" bash "$here/previous.sh" "$out/previous"
	[ "$code" = 0 ] || compared=first
fi
rm -f "$out"/{bom.{cdx,spdx,fingerprint}.json,bom.cdx.json.sig,check.{md,sarif,xml},diff.{md,json},report.{md,html},comment.md}

generate=(generate
	-o "cyclonedx-json=$out/bom.cdx.json" -o "spdx-json=$out/bom.spdx.json" -o "fingerprint=$out/bom.fingerprint.json")
[ -z "${MODELBOM_NAME:-}" ] || generate+=("--name=$MODELBOM_NAME")
[ -z "${MODELBOM_VERSION:-}" ] || generate+=("--version=$MODELBOM_VERSION")
[ -z "${MODELBOM_FACTS:-}" ] || generate+=("--facts=$MODELBOM_FACTS")
declare -a indexes policies
lines MODELBOM_INDEXES indexes
for index in "${indexes[@]}"; do generate+=("--index=$index"); done
run "0 2 4" "$modelbom" "${generate[@]}" -- "$repo"
generated=$code

# Findings are the matter of generate; here only the policy decides.
checked=
lines MODELBOM_POLICIES policies
if [ "${#policies[@]}" -gt 0 ]; then
	check=(check "$out/bom.cdx.json" --fail-on=none -o "markdown=$out/check.md" -o "sarif=$out/check.sarif" -o "junit=$out/check.xml")
	for policy in "${policies[@]}"; do check+=("--policy=$policy"); done
	run "0 2" "$modelbom" "${check[@]}"
	checked=$code
fi

run 0 "$modelbom" report "$out/bom.cdx.json" -o "markdown=$out/report.md" -o "html=$out/report.html"

if [ -n "${MODELBOM_PREVIOUS:-}" ] && [ "$compared" != first ]; then
	run "0 2" "$modelbom" diff "$out/previous/bom.cdx.json" "$out/bom.cdx.json" --exit-code -o "markdown=$out/diff.md" -o "json=$out/diff.json"
	compared=$code
fi

if [ -n "${MODELBOM_SIGNING_KEY:-}" ]; then
	run 0 "$modelbom" sign "$out/bom.cdx.json" --model="$repo" -o "$out/bom.cdx.json.sig"
fi

printf 'generate=%s\ncheck=%s\ndiff=%s\n' "$generated" "$checked" "$compared" >"$out/outcome"
bash "$here/compose.sh" "$out" >"$out/comment.md"
[ -z "${GITHUB_STEP_SUMMARY:-}" ] || cat "$out/comment.md" >>"$GITHUB_STEP_SUMMARY"
[ -z "${GITHUB_OUTPUT:-}" ] || cat "$out/outcome" >>"$GITHUB_OUTPUT"
say "written to $out"
