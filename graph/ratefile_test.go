package graph

import (
	"reflect"
	"strings"
	"testing"

	"github.com/usagegraph/usagegraph/billing"
)

// A card that is written and read again is the same card. A missing, unknown or inexact entry is refused, and the error names its place.
func TestRateFile(t *testing.T) {
	t.Parallel()
	card := billing.RateCardV1()
	cache := billing.MustCredits("0.05")
	card.CacheReadRate = &cache
	document, err := RateFile(&card)
	if err != nil {
		t.Fatal(err)
	}
	read, err := ReadRateFile(document)
	if err != nil {
		t.Fatal(err)
	}
	if changes := card.Changes(&read.Card); len(changes) > 0 || !reflect.DeepEqual(read.Card.EffectiveFrom, card.EffectiveFrom) {
		t.Errorf("%v", changes)
	}
	for was, c := range map[string]struct{ becomes, says string }{
		`"ratePerHour":"0.789"`: {`"rate":"0.789"`, "models[0]"},
		`"inputRate":"0.5",`:    {``, "inputRate"},
		`"gpuCount":1`:          {`"gpuCount":"one"`, "gpuCount"},
		`"0.07698"`:             {`"0.0769812"`, "6 decimals"},
		`"models":`:             {`"machines":`, "machines"},
		`"method":"QLORA"`:      {`"method":"MAGIC"`, "MAGIC"},
		`"0.144"`:               {`"a lot"`, "decimal"},
		`"effectiveFrom":"1970-01-01T00:00:00Z",`: {``, "effectiveFrom is missing"},
		`"1970-01-01T00:00:00Z"`:                  {`"2030-01-01"`, "effectiveFrom is not an RFC 3339 instant"},
		`"effectiveFrom":"1970-01-01T00:00:00Z"`:  {`"effectiveFrom":5`, "effectiveFrom"},
		`"ratePerHour":"1.2072"`:                  {`"ratePerHour":"1e3"`, "models[1].ratePerHour must be a plain decimal number"},
		`"ratePerHour":"1.509"`:                   {`"ratePerHour":1e3`, "models[2].ratePerHour must be a plain decimal number"},
		`"ratePerHour":"1.818"`:                   {`"ratePerHour":"+1"`, "plain decimal number"},
		`"ratePerHour":"2.7915"`:                  {`"ratePerHour":".5"`, "plain decimal number"},
		`"ratePerHour":"4.116"`:                   {`"ratePerHour":null`, "models[5].ratePerHour is null"},
		`"inputRate":"0.5"`:                       {`"inputRate":"5E-1"`, "inference.inputRate must be"},
		`"factor":"0.15"`:                         {`"factor":"0.15e1"`, "fineTuning.sizes[0].factor must be"},
		`"fromBillions":"0"`:                      {`"fromBillions":true`, "fineTuning.sizes[0].fromBillions must be"},
		`"gpuCount":8`:                            {`"gpuCount":"8"`, "gpuCount must be a whole number"},
		`"gpuCount":4`:                            {`"gpuCount":4.0`, "gpuCount must be a whole number"},
		`["QLORA","LORA","FULL"]`:                 {`["QLORA","lora","FULL"]`, `"lora" is none of QLORA, LORA, FULL`},
		`["QLORA"]`:                               {`"QLORA"`, "methods must be a list"},
		`"toIncluded":true`:                       {`"toIncluded":"true"`, "toIncluded must be true or false"},
		`"name":"g5.xlarge"`:                      {`"name":5`, "models[2].name must be a text"},
		`"name":"g4dn.metal"`:                     {`"Name":"g4dn.metal"`, "models[8].Name is not known"},
		`{"effectiveFrom":`:                       {`{"note":"a\u0000","effectiveFrom":`, "note must be a text"},
		`{"effectiveFrom"`:                        {`{"note":["x"],"effectiveFrom"`, "note must be a text"},
	} {
		changed := strings.Replace(string(document), was, c.becomes, 1)
		if changed == string(document) {
			t.Errorf("%s is not there:\n%s", was, document)
		}
		_, err := ReadRateFile([]byte(changed))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %s", c.becomes, err, c.says)
		}
	}
}
