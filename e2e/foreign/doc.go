// Package foreign tests the diff on documents that other tools wrote about our
// fixtures; see README.md.
package foreign
