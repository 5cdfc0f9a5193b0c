package license_test

import (
	"fmt"

	"github.com/modelbom/modelbom/pkg/license"
)

func ExampleIdentify() {
	id := license.Identify([]byte("See https://creativecommons.org/licenses/by-nc/4.0/ for the terms.\n"))
	fmt.Printf("%q: %s\n", id.Expression, id.Reason)
	for _, m := range id.Matches {
		fmt.Println(m.Expression, m.Kind, m.Start, m.End)
	}
	// Output:
	// "": only addresses or titles, not the text of the licence: CC-BY-NC-4.0
	// CC-BY-NC-4.0 reference 4 51
}

func ExampleTags() {
	for _, m := range license.Tags([]byte("# SPDX-License-Identifier: apache-2.0 or mit\nimport torch\n")) {
		fmt.Println(m.Expression)
	}
	// Output: Apache-2.0 OR MIT
}
