// Package license tests package license on the texts of every licence of the
// SPDX list, as a package of a registry has them, and on what becomes of such
// texts in repositories: pages of HTML, other encodings and line breaks, halves,
// two in one file. Whatever the text, a wrong identifier is a failure; how many
// are found is printed.
//
// The texts are fetched by package testset and are not part of the repository.
package license
