// Package diff tests package diff of the module on real documents: repositories
// that were changed in one known way and inspected again, and documents in which
// one statement was changed. Each single change must be reported as exactly that
// change and nothing else, combined ones as their sum, and twins that are only
// written in another way as nothing at all.
package diff
