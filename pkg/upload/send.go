package upload

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// settling is how often a project is looked for before it is made after all,
// when a request that makes it may still be at work: Dependency-Track has no
// rule against two projects of one name and version before release 5, so two
// requests at once would make two.
const settling = 5

// A delivery is the sending of one document, over several tries.
type delivery struct {
	*session
	// now is the request for the next try: by UUID once the project is known.
	now Upload
	// arrived: a try reached the server, which may have acted on it.
	arrived bool
	// careful counts the tries that are left without autoCreate, when the
	// project may have been made and the key may not look.
	careful int
}

// send sends the document until the server has taken it.
func (s *session) send(ctx context.Context) (*receipt, error) {
	d := &delivery{session: s, now: s.upload}
	if s.before.presence == present {
		d.known(s.before)
	}
	for n, waits := 1, 1; ; waits++ {
		form := d.now
		form.AutoCreate = form.AutoCreate && d.careful == 0
		r := s.form(form)
		s.client.tell(PhaseSend, "sending %d bytes to %s", r.size(), shown(s.base))
		a, f := s.client.do(ctx, r)
		if f == nil {
			if a.status == http.StatusOK {
				return s.receipt(r, a)
			}
			f = d.conflict(r, a)
		}
		if f == nil {
			return nil, s.refusal(r, a)
		}
		d.arrived = d.arrived || f.arrived && !refusedUnread(f)
		if !f.passing || n == maxTries || f.after > maxWait {
			return nil, d.lost(f)
		}
		if err := s.client.pause(ctx, waits, f.after, f.Text); err != nil {
			return nil, d.lost(&failure{Error: s.client.broken(r.String(), err)})
		}
		if f.Status == http.StatusNotFound {
			continue // a careful try that found nothing; nothing was made
		}
		n++
		if err := d.recover(ctx); err != nil {
			return nil, err
		}
	}
}

// refusedUnread reports an answer that says that nothing was done.
func refusedUnread(f *failure) bool {
	return f.Status == http.StatusTooManyRequests || errors.Is(f.Error, ErrRedirect)
}

// conflict makes a failure of the refusals that the next try overcomes: another
// request made the project at the same time, or it is not there yet where a
// careful try did not want to make it.
func (d *delivery) conflict(r request, a *answer) *failure {
	switch {
	case a.status == http.StatusConflict:
		d.careful = settling
	case a.status == http.StatusNotFound && d.careful > 0:
		d.careful--
	default:
		return nil
	}
	return &failure{Error: d.refusal(r, a), passing: true}
}

// known has the next tries name the project by its UUID.
func (d *delivery) known(at sight) {
	d.now.AutoCreate, d.now.Project = false, Project{UUID: at.uuid}
}

// recover looks whether a try that gave no answer has made the project.
func (d *delivery) recover(ctx context.Context) error {
	if !d.now.AutoCreate || d.careful > 0 || !d.arrived {
		return nil
	}
	for n := 1; ; n++ {
		at, err := d.lookUp(ctx, d.upload.Project)
		switch {
		case err != nil:
			return err
		case at.presence == present:
			d.known(at)
			return nil
		case at.presence == unseen:
			d.careful = settling
			return nil
		case n == settling:
			return nil
		}
		if err := d.client.pause(ctx, n, 0, "the project is not there yet"); err != nil {
			return d.client.broken("", err)
		}
	}
}

// lost is the error of a document that no try brought through.
func (d *delivery) lost(f *failure) *Error {
	e := f.Error
	if f.after > maxWait {
		e.Text += fmt.Sprintf(" (the server asks to wait %s)", f.after)
	}
	if d.arrived {
		return uncertain(e)
	}
	return e
}

// receipt reads the answer to an upload that the server took.
func (s *session) receipt(r request, a *answer) (*receipt, error) {
	var got receipt
	if err := s.client.object(r, a, "a token", &got); err != nil {
		if a.kind() == "text/html" || looksLikePage(a.body) {
			return nil, err // something else than the interface answered
		}
		return nil, uncertain(err)
	}
	if !isUUID(got.Token) {
		return nil, uncertain(&Error{Request: r.String(), Text: "the answer has no token", Hint: hintAPI})
	}
	if !isUUID(got.ProjectUUID) {
		got.ProjectUUID = ""
	}
	return &got, nil
}
