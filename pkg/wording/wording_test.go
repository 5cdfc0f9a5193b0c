package wording

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestCount(t *testing.T) {
	for _, c := range []struct {
		got, want string
	}{
		{Count(0, "matrix", "matrices"), "0 matrices"},
		{Count(1, "matrix", "matrices"), "1 matrix"},
		{Count(2, "matrix", "matrices"), "2 matrices"},
		{Count(1200, "matrix", "matrices"), "1200 matrices"},
		{Count(int64(1), "byte", "bytes"), "1 byte"},
		{Count(uint64(math.MaxUint64), "row", "rows"), "18446744073709551615 rows"},
		{CountThousands(1, "token was", "tokens were"), "1 token was"},
		{CountThousands(999, "token was", "tokens were"), "999 tokens were"},
		{CountThousands(1000, "token was", "tokens were"), "1,000 tokens were"},
		{Word(1, "is", "are"), "is"},
		{Word(0, "is", "are"), "are"},
		{Word(-1, "is", "are"), "are"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 1: "1", 999: "999", 1000: "1,000", 12345: "12,345", 123456: "123,456", 1234567: "1,234,567",
		-1: "-1", -999: "-999", -1000: "-1,000", -123456: "-123,456", -1234567: "-1,234,567",
		math.MaxInt64: "9,223,372,036,854,775,807", math.MinInt64: "-9,223,372,036,854,775,808",
	} {
		if got := Thousands(n); got != want {
			t.Errorf("Thousands(%d) = %q, want %q", n, got, want)
		}
	}
	if got, want := Thousands(uint64(math.MaxUint64)), "18,446,744,073,709,551,615"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestShare(t *testing.T) {
	for x, want := range map[float64]string{
		1: "100 %", 1.0000001: "100 %", 0.99999: "99.9 %", 0.9991: "99.9 %", 0.849: "84.9 %", 0.5: "50.0 %", 0.001: "0.1 %",
		0.00099: "0.099 %", 0.00001: "0.001 %", 0: "0 %", -0.1: "0 %", 1.41: "141 %",
	} {
		if got := Share(x); got != want {
			t.Errorf("Share(%v) = %q, want %q", x, got, want)
		}
	}
}

func TestLists(t *testing.T) {
	for n, want := range []string{"", "a", "a and b", "a, b and c", "a, b, c and d"} {
		items := strings.Fields("a b c d")[:n]
		if got := And(items); got != want {
			t.Errorf("And of %d: %q, want %q", n, got, want)
		}
		if got, want := Or(items), strings.Replace(want, " and ", " or ", 1); got != want {
			t.Errorf("Or of %d: %q, want %q", n, got, want)
		}
		if left := strings.Join(items, ""); left != "abcd"[:n] {
			t.Errorf("the list became %q", left)
		}
	}
	if got := And(nil); got != "" {
		t.Errorf("And of nothing: %q", got)
	}
}

func Example() {
	unread, of := 1, 1200
	fmt.Println(Count(unread, "tensor was", "tensors were"), "left out of", Thousands(of))
	fmt.Println(And([]string{"weights", "code", "data"}), Word(3, "is", "are"), "there")
	// Output:
	// 1 tensor was left out of 1,200
	// weights, code and data are there
}
