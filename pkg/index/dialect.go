package index

import (
	"database/sql"
	"strconv"
	"strings"
)

// A dialect is everything in which the two databases differ.
type dialect struct {
	// Types of columns. Text is compared by its bytes.
	text, blob, integer, serial string
	// clustered ends the definition of a table that is read in the order of its
	// primary key.
	clustered string
	// after are statements that follow the definition of the tables.
	after []string
	// lock, when set, keeps other writers out of a transaction; snapshot is the
	// isolation in which a reader sees one state.
	lock     string
	snapshot sql.IsolationLevel
	// exists counts the tables named modelbom, others all other tables.
	exists, others string
	// numbered is set where arguments are $1, $2, ...
	numbered bool
	// explain puts an error of the driver into words, without secrets.
	explain func(error) error
}

// bind writes the arguments of a statement as the database wants them. No
// statement of this package has a question mark in a string.
func (d *dialect) bind(query string) string {
	if !d.numbered {
		return query
	}
	var b strings.Builder
	for n := 1; ; n++ {
		before, after, found := strings.Cut(query, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString("$" + strconv.Itoa(n))
		query = after
	}
}

// marks is "?, ?, ..." for n arguments.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }
