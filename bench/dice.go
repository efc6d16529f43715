package main

import "time"

// dice are the random choices of one row. They follow from the seed, the kind of row and its number
// alone, so that a run that was stopped goes on with the same rows.
type dice uint64

// kind keeps the dice of different things apart.
type kind uint64

// The kinds of things that are chosen by dice.
const (
	aCustomer kind = iota + 1
	aContact
	anEngagement
	aCommunication
	aRelation
	anAttention
	aUser
	anOffice
	aToken
	anOwner
	aRequest
)

func roll(seed uint64, of kind, number int) dice {
	d := dice(seed ^ uint64(of)<<56)
	d = dice(d.next() ^ uint64(number))
	d.next()
	return d
}

// next is SplitMix64.
func (d *dice) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below gives a number from 0 up to n.
func (d *dice) below(n int) int { return int(d.next() % uint64(n)) }

// between gives a number from low to high.
func (d *dice) between(low, high int) int { return low + d.below(high-low+1) }

// percent is true so many times in a hundred.
func (d *dice) percent(p int) bool { return d.below(100) < p }

// maybe gives the value so many times in a hundred, and else NULL.
func (d *dice) maybe(p int, value any) any {
	if d.percent(p) {
		return value
	}
	return nil
}

func pick[T any](d *dice, from []T) T { return from[d.below(len(from))] }

// moment gives a moment between two, in whole milliseconds as the product stores them.
func (d *dice) moment(from, to time.Time) time.Time {
	return from.Add(time.Duration(d.next()%uint64(to.Sub(from)/time.Millisecond)) * time.Millisecond)
}

// idAlphabet is that of the product's ids: Crockford's, in lower case.
const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// id makes an id of the product's form: a prefix and a UUIDv7 of the moment in base32.
func (d *dice) id(prefix string, at time.Time) string {
	high := uint64(at.UnixMilli())<<16 | 0x7000 | d.next()&0x0fff
	return idText(prefix, high, d.next()&^(0xc<<60)|0x8<<60)
}

// idText writes the 128 bits of an id: 25 letters of five bits, and one of three.
func idText(prefix string, high, low uint64) string {
	text := make([]byte, len(prefix)+1+26)
	copy(text, prefix)
	text[len(prefix)] = '_'
	text[len(text)-1] = idAlphabet[low&0x7<<2]
	low, high = low>>3|high<<61, high>>3
	for i := len(text) - 2; i > len(prefix); i-- {
		text[i] = idAlphabet[low&0x1f]
		low, high = low>>5|high<<59, high>>5
	}
	return string(text)
}
