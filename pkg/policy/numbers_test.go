package policy

import (
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
)

func TestNumbers(t *testing.T) {
	size := func(n int64) string { return architecture(&bom.Component{Model: &bom.Model{Parameters: n}}).value }
	for _, c := range []struct{ got, want string }{
		{unchanged(0), "none of it is unchanged"},
		{unchanged(0.0002), "0.02 % of it is unchanged"},
		{unchanged(0.355), "35.5 % of it is unchanged"},
		{unchanged(0.9996), "99.9 % of it is unchanged"},
		{unchanged(1), "100 % of it is unchanged"},
		{parameters(1), "1 parameter"},
		{parameters(2), "2 parameters"},
		{parameters(999_999), "999999 parameters"},
		{parameters(1_500_000), "1.5 million parameters"},
		{parameters(1_240_000_000), "1.2 billion parameters"},
		{size(1), "1 parameter"},
		{size(2), "2 parameters"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
