package license

// Replacement returns the expression that says the same as a deprecated SPDX
// identifier in today's words, where the SPDX list names exactly one
// ("obsoletedBy", or in the notes of the entry; list 3.28.0).
//
// Most have none. "GPL-3.0" says neither "only" nor "or later", and each would
// say more; "GPL-2.0-with-classpath-exception" too. BSD-2-Clause-FreeBSD was
// split into what is BSD-2-Clause-Views and what is not, and Net-SNMP is a stack
// of licences.
func Replacement(id string) (expression string, ok bool) {
	switch id {
	case "GPL-1.0+":
		expression = "GPL-1.0-or-later"
	case "GPL-2.0+":
		expression = "GPL-2.0-or-later"
	case "GPL-3.0+":
		expression = "GPL-3.0-or-later"
	case "LGPL-2.0+":
		expression = "LGPL-2.0-or-later"
	case "LGPL-2.1+":
		expression = "LGPL-2.1-or-later"
	case "LGPL-3.0+":
		expression = "LGPL-3.0-or-later"
	case "BSD-2-Clause-NetBSD":
		expression = "BSD-2-Clause"
	case "bzip2-1.0.5":
		expression = "bzip2-1.0.6"
	case "eCos-2.0":
		expression = "GPL-2.0-or-later WITH eCos-exception-2.0"
	case "Nunit":
		expression = "zlib-acknowledgement"
	case "StandardML-NJ":
		expression = "SMLNJ"
	case "wxWindows":
		expression = "GPL-2.0-or-later WITH WxWindows-exception-3.1"
	}
	return expression, expression != ""
}
