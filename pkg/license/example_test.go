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

func ExampleConflicts() {
	for _, t := range license.Conflicts("Apache-2.0", "llama3.1") {
		fmt.Printf("%s, which asks %s (%s)\n", license.Title(t.License), t.Text, t.Clause)
	}
	fmt.Println(license.ClassOf("Apache-2.0"), license.ClassOf("llama3.1"))
	// Output:
	// Llama 3.1 Community License Agreement, which asks that the Acceptable Use Policy is adhered to (section 1.b.iv)
	// Llama 3.1 Community License Agreement, which asks for a separate licence above 700 million monthly active users on its release date (section 2)
	// Llama 3.1 Community License Agreement, which asks that names of models made with it or its outputs begin with "Llama" (section 1.b.i)
	// Llama 3.1 Community License Agreement, which asks that "Built with Llama" is displayed (section 1.b.i)
	// permissive community-with-conditions
}
