#!/bin/bash
# Ends the job by what run.sh found, after everything else is done. MODELBOM_FAIL_ON
# names what is to fail it: findings (of generate), policy, gaps, changes; default
# "findings policy gaps", and "never" for nothing.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=pipelines/lib.sh
. "$here/lib.sh"
out="${MODELBOM_OUT:-modelbom-out}"
[ -s "$out/outcome" ] || fail "there is no $out/outcome: run.sh was not done"

outcome() { sed -n "s/^$1=//p" "$out/outcome"; }
fail_on=" ${MODELBOM_FAIL_ON:-findings policy gaps} "
for word in $fail_on; do
	case "$word" in
	findings | policy | gaps | changes | never) ;;
	*) fail "MODELBOM_FAIL_ON: \"$word\" is none of findings, policy, gaps, changes, never" ;;
	esac
done

code=0
# verdict WORD STEP CODE MESSAGE
verdict() {
	[[ "$(outcome "$2")" == "$3" ]] || return 0
	if [[ "$fail_on" == *" $1 "* ]]; then
		say "failed: $4"
		code="$3"
	else
		say "note: $4"
	fi
}
verdict gaps generate 4 "some weights could not be read"
verdict changes diff 2 "something changed since the last release"
verdict findings generate 2 "something stated is not so, or an origin is found that nobody declares"
verdict policy check 2 "the policy is not met"
exit "$code"
