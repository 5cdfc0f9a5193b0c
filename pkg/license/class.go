package license

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

//go:embed classes.txt
var classesFile string

// A Class is what a licence allows in one word, for policies and reports. It is
// not legal advice.
type Class string

// The classes, the least restrictive first. A licence stands in the first class
// whose description it does not go beyond.
const (
	// ClassPermissive: use, change and pass on for any purpose; notices at most,
	// and the public domain.
	ClassPermissive Class = "permissive"
	// ClassCopyleft: as permissive, and what is made from it, or its files, stay
	// under the licence.
	ClassCopyleft Class = "copyleft"
	// ClassUseRestricted: some purposes are excluded and stay so downstream, but
	// not commercial ones as such.
	ClassUseRestricted Class = "open-with-use-restrictions"
	// ClassCommunity: commercial use is allowed under conditions that depend on
	// who one is or what one does with it: users, revenue, competition, the place,
	// a name, registration, or no changed copies.
	ClassCommunity Class = "community-with-conditions"
	// ClassNonCommercial: research, evaluation, personal or non-production use, or
	// no distribution for money.
	ClassNonCommercial Class = "research-or-non-commercial"
	// ClassProprietary: no general right to change or to pass on.
	ClassProprietary Class = "proprietary"
	// ClassUnknown: nothing is known. It is no class of a licence.
	ClassUnknown Class = "unknown"
)

// Classes returns all classes, the least restrictive first and ClassUnknown
// last.
func Classes() []Class {
	return []Class{ClassPermissive, ClassCopyleft, ClassUseRestricted, ClassCommunity, ClassNonCommercial, ClassProprietary, ClassUnknown}
}

// classes maps SPDX identifiers and LicenseRefs to their class.
var classes = sync.OnceValue(func() map[string]Class {
	m := make(map[string]Class, 1024)
	for line := range dataLines(classesFile) {
		class, ids, _ := strings.Cut(line, ": ")
		for id := range strings.FieldsSeq(ids) {
			m[id] = Class(class)
		}
	}
	return m
})

// ClassOf returns the class of an expression, or of a single licence by any name
// that [FromStatement] knows. An exception does not change the class of its
// licence.
//
// Of AND it is the most restrictive; one unknown licence makes the whole unknown,
// since it could be more restrictive still. Of OR it is the least restrictive,
// since one may choose; unknown choices are passed over if there is a known one.
func ClassOf(expression string) Class {
	n, ok := parse(expression)
	if !ok {
		return ClassUnknown
	}
	return n.class()
}

func (n *node) class() Class {
	if n.op == "" {
		return classOfLicence(n.licence)
	}
	order := Classes()
	ranks := make([]int, len(n.parts))
	for i, part := range n.parts {
		ranks[i] = slices.Index(order, part.class())
	}
	if n.op == "OR" {
		return order[slices.Min(ranks)]
	}
	return order[slices.Max(ranks)]
}

func classOfLicence(licence string) Class {
	if class, ok := classes()[withoutException(licence)]; ok {
		return class
	}
	return ClassUnknown
}
