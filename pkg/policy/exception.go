package policy

import (
	"slices"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
)

// States of exceptions.
const (
	exceptionUsed    = "used"
	exceptionExpired = "expired"
	exceptionUnused  = "unused"
	// exceptionInvalid: it names no day on which it ends, or no rule.
	exceptionInvalid = "invalid"
)

// exceptions are those of a document. What an exception covers still fails, and
// is shown; it does not decide.
type exceptions struct {
	list []exception
	now  time.Time
}

type exception struct {
	ExceptionUse
	approved string
	// all marks an exception of the model, which covers its parts too.
	all     bool
	matched bool // by rule and place, though it may have expired
}

// maxExceptions bounds the exceptions of a document that are looked at.
const maxExceptions = 1000

// readExceptions reads the properties of the document. An exception holds until
// the end of its last day, in UTC. At the zero time nothing has expired.
func readExceptions(d *bom.Document, now time.Time) *exceptions {
	x := &exceptions{now: now}
	for _, f := range each(d.Properties, propException, 5) {
		if len(x.list) == maxExceptions {
			break
		}
		e := exception{ExceptionUse: ExceptionUse{Rule: clean(f[0]), Ref: bom.Ref(f[1]), Reason: clean(f[3]), State: exceptionUnused}, approved: clean(f[4])}
		e.all = f[1] == "" || e.Ref == d.Subject
		day, err := time.Parse(time.DateOnly, f[2])
		switch {
		case err != nil || f[0] == "":
			e.State = exceptionInvalid
		default:
			e.Expires = day
			if !now.IsZero() && !now.Before(day.AddDate(0, 0, 1)) {
				e.State = exceptionExpired
			}
		}
		x.list = append(x.list, e)
	}
	return x
}

// covers looks for an exception that holds for any of the rules at any of the
// places, and marks it as used. It is asked only where something fails.
func (x *exceptions) covers(rules []string, refs ...bom.Ref) *exception {
	var found *exception
	for i := range x.list {
		e := &x.list[i]
		if !slices.Contains(rules, e.Rule) || !e.all && !slices.Contains(refs, e.Ref) {
			continue
		}
		e.matched = true
		if e.State == exceptionUnused || e.State == exceptionUsed {
			e.State = exceptionUsed
			if found == nil {
				found = e
			}
		}
	}
	return found
}

// finding is covers for a finding about a part: it is named by the place of the
// finding or by the part.
func (x *exceptions) finding(f bom.Finding, part bom.Ref) *exception {
	return x.covers([]string{f.Rule}, f.Ref, part)
}

// words tell of an exception in a sentence.
func (e *exception) words() string {
	s := "An exception until " + e.Expires.Format(time.DateOnly)
	if e.approved != "" {
		s += ", approved by " + e.approved + ","
	}
	s += " covers this"
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	return s + "."
}

// uses are the exceptions of a document that concern a policy: those that were
// used, those that would have been but have expired, those of the policy's own
// rules that fit nothing, and those that cannot be read. An exception from a rule
// of another policy is none of its business.
func (x *exceptions) uses(rules []Rule) []ExceptionUse {
	var out []ExceptionUse
	for _, e := range x.list {
		own := slices.ContainsFunc(rules, func(r Rule) bool { return r.ID == e.Rule })
		if e.matched || own || e.State == exceptionInvalid {
			out = append(out, e.ExceptionUse)
		}
	}
	return out
}
