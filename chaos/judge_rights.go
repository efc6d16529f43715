package main

import (
	"fmt"
	"slices"
)

// secrets: I7. Nothing of another office, no forbidden field, and nothing behind the revocation.
func (j *judging) secrets(s *stream) {
	revoked := j.revoked(s)
	for _, one := range s.steps {
		switch one.kind {
		case stepFrame:
			j.find(s.violation(one, "I7", countLeaked, one.detail))
			continue
		case stepEvent, stepNotice, stepCustomer, stepCustomers, stepCheck:
			if one.secret && !j.maySee(s, one) {
				j.find(s.violation(one, "I7", countLeaked, fmt.Sprintf("event %d shows an amount that the reader may not see", one.place.number)))
			}
			if revoked > 0 && one.place.number > revoked && j.stands(s, one.place) {
				j.find(s.violation(one, "I7", countLeaked, fmt.Sprintf("%s %d came, though the credential was revoked with %d", one.kind, one.place.number, revoked)))
			}
		}
	}
}

// stands tells whether a position is one of the log as it is in the end.
func (j *judging) stands(s *stream, at place) bool {
	log := j.offices[s.office].now()
	return at.number <= int64(len(log)) && log[at.number-1].place() == at
}

// maySee tells whether the finance right may have been the reader's when a message was made: it had it
// with the event, or got it before the message came.
func (j *judging) maySee(s *stream, one step) bool {
	return slices.ContainsFunc(j.offices[s.office].logs, func(log history) bool { return j.maySeeBy(s, one, log) })
}

// maySeeBy tells it by one log.
func (j *judging) maySeeBy(s *stream, one step, log history) bool {
	may := false
	for _, e := range log {
		if e.kind != accessChanged || e.subject != s.scope.user {
			continue
		}
		for _, c := range e.changes {
			op := j.operations[e.of()]
			switch {
			case c.Field != "hasFinanceRight" || e.number > one.place.number && (op == nil || op.began > one.at):
			case c.To == true:
				may = true
			case e.number <= one.place.number:
				may = false
			}
		}
	}
	return may
}

// revoked is the number of the event that ended the stream's credential; 0 when nothing did. What ended
// the credentials that its owner had before concerns it not.
func (j *judging) revoked(s *stream) int64 {
	began := int64(0)
	if i := slices.IndexFunc(s.steps, func(one step) bool { return one.place.number > 0 }); i >= 0 {
		began = s.steps[i].place.number
	}
	for _, e := range j.offices[s.office].now() {
		if e.kind == accessEnded && e.number > began && (e.subject == s.credential || e.subject == s.scope.user) {
			return e.number
		}
	}
	return 0
}

// ended: I7 from the other side. Who is sent away was to be sent away.
func (j *judging) ended(s *stream) {
	if !s.dismissed || slices.ContainsFunc(j.faults, func(f injected) bool { return f.losesWrite }) {
		return
	}
	if j.revoked(s) == 0 && !j.revokedBeside(s) {
		j.find(s.violation(step{at: s.end()}, "I7", countOther, "was sent away ("+s.steps[len(s.steps)-1].detail+"), though its credential "+s.credential+" works"))
	}
}

// revokedBeside tells whether the credential ended while the stream began: a request that was let in before may be
// answered with a position behind.
func (j *judging) revokedBeside(s *stream) bool {
	return slices.ContainsFunc(j.offices[s.office].now(), func(e *logged) bool {
		return e.kind == accessEnded && (e.subject == s.credential || e.subject == s.scope.user && len(s.steps) > 0 && j.lately(e, s.steps[0].at))
	})
}
