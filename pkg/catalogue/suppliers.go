package catalogue

import (
	"slices"
	"strings"
	"sync"
)

// A Supplier is who publishes under a namespace of a model hub.
type Supplier struct {
	Namespace string // as the hub writes it
	Name      string
	// Country is the supplier's country by the source, ISO 3166-1 alpha-2. It is
	// not the country of a model's authors, data or training.
	Country string
	Sources []Source
}

// Columns of suppliers.tsv.
const supplierColumns = 4

var suppliers = sync.OnceValue(func() map[string]Supplier {
	m := make(map[string]Supplier, 64)
	for f := range rows(supplierTable, supplierColumns) {
		m[strings.ToLower(f[0])] = Supplier{Namespace: f[0], Name: f[1], Country: f[2], Sources: sourcesOf(f[3])}
	}
	return m
})

// SupplierOf returns the supplier behind a namespace such as "Qwen", in any case:
// hubs do not tell names apart by case. The sources state the supplier's country.
// That the supplier owns the namespace is what the hub shows on its page.
//
// A namespace says who published a file. A part of the model can be from
// somebody else.
func SupplierOf(namespace string) (Supplier, bool) {
	s, ok := suppliers()[strings.ToLower(namespace)]
	s.Sources = slices.Clone(s.Sources)
	return s, ok
}
