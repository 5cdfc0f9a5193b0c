package license

// ownMatches finds the licences of own.txt by their distinguishing phrases, in
// the order of their places, not overlapping.
func ownMatches(text []word) []Match { return nil }
