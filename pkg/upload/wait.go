package upload

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Asking whether a document is processed: after a second, then ever more
// seldom. An import of a few hundred components takes seconds, one of many
// thousands minutes.
const (
	firstAsk = time.Second
	lastAsk  = 10 * time.Second
	// importTries is how often the project is looked at after the server has
	// nothing left to do, before the import counts as lost. Release 5 shows
	// it a moment later.
	importTries = 5
)

// wait asks until the server has processed the document.
func (s *session) wait(ctx context.Context, token string) error {
	path := "/api/v1/event/token/"
	begin, delay := time.Now(), firstAsk
	for {
		r := s.get(path+url.PathEscape(token), nil)
		a, f := s.patiently(ctx, r)
		if f != nil {
			return s.unfinished(ctx, f.Error, token, begin)
		}
		if a.status == http.StatusNotFound && path != "/api/v1/bom/token/" {
			path = "/api/v1/bom/token/" // its name before release 4.11
			continue
		}
		if a.status != http.StatusOK {
			return uncertain(s.client.explain(r, a))
		}
		var state struct{ Processing *bool }
		if err := s.client.object(r, a, "the state of an import", &state); err != nil {
			return uncertain(err)
		}
		if state.Processing == nil {
			return uncertain(&Error{Request: r.String(), Text: "the answer does not say whether the document is processed", Hint: hintAPI})
		}
		if !*state.Processing {
			return nil
		}
		s.client.tell(PhaseWait, "the server is importing the document (%s)", time.Since(begin).Round(time.Second))
		if err := s.client.sleep(ctx, delay); err != nil {
			return s.unfinished(ctx, s.client.broken(r.String(), err), token, begin)
		}
		delay = min(delay*3/2, lastAsk)
	}
}

// unfinished is the error of a server that took the document and was not seen
// to finish.
func (s *session) unfinished(ctx context.Context, e *Error, token string, begin time.Time) *Error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e = &Error{Request: e.Request, err: context.DeadlineExceeded,
			Text: fmt.Sprintf("the server took the document and was still importing it after %s (token %s)", time.Since(begin).Round(time.Second), token),
			Hint: "--timeout gives it more time"}
	}
	return uncertain(e)
}

// imported looks whether the project shows a new import. A server says that it
// processes nothing also when it failed, or when it was started anew and has
// forgotten; it says nowhere else that an import failed.
func (s *session) imported(ctx context.Context, p Project) (sight, error) {
	if p.UUID != "" {
		p = Project{UUID: p.UUID}
	}
	for n := 1; ; n++ {
		now, err := s.lookUp(ctx, p)
		switch {
		case err != nil:
			var e *Error
			if errors.As(err, &e) {
				return now, uncertain(e)
			}
			return now, err
		case now.presence == unseen || s.before.presence == unseen:
			return sight{}, s.unconfirmed()
		case now.presence == present && now.imported > 0 && now.imported != s.before.imported:
			return now, nil
		case n == importTries:
			return now, s.nothing()
		}
		if err := s.client.pause(ctx, n, 0, "the project does not show the import yet"); err != nil {
			return now, uncertain(s.client.broken("", err))
		}
	}
}

// unconfirmed is an error only if something happened that can lose a document.
func (s *session) unconfirmed() error {
	if !s.shaken {
		return nil
	}
	e := uncertain(&Error{Text: "the connection broke while the server was at work, and this key may not look at the project"})
	e.Hint += "with the permission VIEW_PORTFOLIO the import is confirmed"
	return e
}

func (s *session) nothing() *Error {
	return &Error{err: ErrNotImported,
		Text: fmt.Sprintf("the server took the document, ended its work and imported nothing into %s", s.upload.Project),
		Hint: "the reason stands in the server's log, or in its notifications of the group BOM_PROCESSING_FAILED; run the command again if the server was started anew"}
}
