#!/bin/bash
# Prints the comment on what run.sh wrote into a folder: compose.sh FOLDER
# Its first line is a mark by which comment.sh finds it again. Everything in it that
# comes from a model went through modelbom, which makes it harmless in Markdown.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=pipelines/lib.sh
. "$here/lib.sh"
out="$1"

outcome() { sed -n "s/^$1=//p" "$out/outcome"; }

# folded TITLE FILE shows a file that a reader opens.
folded() { printf '\n<details><summary>%s</summary>\n\n' "$1"; cat "$2"; printf '\n</details>\n'; }

name="$(plain "${MODELBOM_NAME:-$(basename "$MODELBOM_REPO")}")"
printf '<!-- modelbom: %s -->\n## Bill of materials of %s\n\n' "$name" "$name"
case "$(outcome generate)" in
0) echo "- Generated. Nothing that was found contradicts what the repository states." ;;
2) echo "- **Findings:** something stated is not so, or an origin is found that nobody declares. They are listed in the report below." ;;
4) echo "- **Some weights could not be read.** They are listed in the report below." ;;
esac
case "$(outcome check)" in
0) echo "- The policy is met." ;;
2) echo "- **The policy is not met.**" ;;
*) echo "- No policy was checked." ;;
esac
case "$(outcome diff)" in
0) echo "- Nothing changed since the last release." ;;
2) echo "- **Changed since the last release.**" ;;
first) echo "- There is no earlier release to compare with." ;;
esac
[ ! -s "$out/check.md" ] || folded "Policy" "$out/check.md"
[ ! -s "$out/diff.md" ] || [ "$(outcome diff)" = 0 ] || folded "What changed since the last release" "$out/diff.md"
folded "Report" "$out/report.md"
