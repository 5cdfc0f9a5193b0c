package compare_test

import (
	"fmt"

	"github.com/modelbom/modelbom/pkg/compare"
)

// Two references at nearly the same distance are tied: the family is known, and
// which of the two is the parent is not.
func ExampleNearest() {
	best, tied := compare.Nearest([]compare.Measured{{D2: 0.0400, SE: 0.0004}, {D2: 0.0404, SE: 0.0004}, {D2: 0.13, SE: 0.001}})
	fmt.Println(best, tied)
	best, tied = compare.Nearest([]compare.Measured{{D2: 0.0400, SE: 0.0004}, {D2: 0.0100, SE: 0.0001}})
	fmt.Println(best, tied)
	// Output:
	// -1 [0 1]
	// 1 []
}
