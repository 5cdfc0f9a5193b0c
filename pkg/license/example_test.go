package license_test

import (
	"fmt"

	"github.com/modelbom/modelbom/pkg/license"
)

func ExampleFromStatement() {
	for _, s := range []string{"Apache License, Version 2.0", "mit or cc-by-4.0", "llama3.1", "gpl"} {
		expression, ok := license.FromStatement(s)
		fmt.Printf("%s -> %q %v\n", s, expression, ok)
	}
	// Output:
	// Apache License, Version 2.0 -> "Apache-2.0" true
	// mit or cc-by-4.0 -> "MIT OR CC-BY-4.0" true
	// llama3.1 -> "LicenseRef-llama3.1" true
	// gpl -> "" false
}
