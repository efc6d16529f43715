package crm

import (
	"strings"

	"golang.org/x/text/language"
)

// Address is a postal address.
type Address struct {
	Street              *string `json:"street,omitempty"`
	HouseNumber         *string `json:"houseNumber,omitempty"`
	HouseNumberAddition *string `json:"houseNumberAddition,omitempty"`
	PoBox               *string `json:"poBox,omitempty"`
	Postcode            *string `json:"postcode,omitempty"`
	City                string  `json:"city"`
	Country             string  `json:"country"`
}

// AddressInput is an address as input.
type AddressInput struct {
	Street              *string
	HouseNumber         *string
	HouseNumberAddition *string
	PoBox               *string
	Postcode            *string
	City                string
	Country             string
}

// address checks an input and gives the address as it is stored; its faults carry the field's name.
func (in AddressInput) address(p *patching, field string) *Address {
	at := patchingAt(p.at(field)...)
	out := &Address{Country: strings.ToUpper(strings.TrimSpace(in.Country))}
	if region, err := language.ParseRegion(out.Country); err != nil || len(out.Country) != 2 || !region.IsCountry() {
		at.refuse("country", Text{NL: "Een land is een code van twee letters van ISO 3166, zoals NL.", EN: "A country is a code of two letters of ISO 3166, such as NL."})
	}
	out.Street = at.part("street", in.Street, upTo(100))
	out.HouseNumber = at.part("houseNumber", in.HouseNumber, houseNumber)
	out.HouseNumberAddition = at.part("houseNumberAddition", in.HouseNumberAddition, upTo(10))
	out.PoBox = at.part("poBox", in.PoBox, houseNumber)
	out.Postcode = at.part("postcode", in.Postcode, postcodeOf(out.Country))
	if city := at.part("city", &in.City, upTo(80)); city != nil {
		out.City = *city
	} else if strings.TrimSpace(in.City) == "" {
		at.refuse("city", Text{NL: "Een adres heeft een plaats.", EN: "An address has a city."})
	}
	if out.Country == "NL" && len(at.faults) == 0 {
		out.completeInTheNetherlands(at)
	}
	p.faults = append(p.faults, at.faults...)
	return out
}

// completeInTheNetherlands wants a postcode, and a street with number or a post-office box.
func (a *Address) completeInTheNetherlands(at *patching) {
	if a.Postcode == nil {
		at.refuse("postcode", Text{NL: "Een Nederlands adres heeft een postcode.", EN: "A Dutch address has a postcode."})
	}
	if a.PoBox == nil && (a.Street == nil || a.HouseNumber == nil) {
		at.refuse("street", Text{
			NL: "Een Nederlands adres heeft een straat met huisnummer, of een postbus.",
			EN: "A Dutch address has a street with a house number, or a post-office box."})
	}
}

// part checks one optional part of an address.
func (p *patching) part(field string, given *string, check rule) *string {
	if given == nil || strings.TrimSpace(*given) == "" {
		return nil
	}
	stored, fault := check(strings.TrimSpace(*given))
	if fault != nil {
		p.refuse(field, *fault)
		return nil
	}
	return &stored
}

func houseNumber(text string) (string, *Text) {
	if len(text) > 6 || !onlyDigits(text) {
		return "", &Text{NL: "Ten hoogste zes cijfers.", EN: "At most six digits."}
	}
	return text, nil
}

func postcodeOf(country string) rule {
	if country != "NL" {
		return upTo(12)
	}
	return func(text string) (string, *Text) {
		postcode, ok := dutchPostcode(text)
		if !ok {
			return "", &Text{NL: "Dit is geen Nederlandse postcode.", EN: "This is not a Dutch postcode."}
		}
		return postcode, nil
	}
}
