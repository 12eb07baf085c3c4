package graph

import (
	"context"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// MailText is what a mail says.
type MailText struct {
	Subject, Text, HTML string
}

// Emails resolves Account.emails.
func (r accountResolver) Emails(
	ctx context.Context, obj *model.Account, filter *model.EmailFilter, first *int, after *string, last *int,
	before *string,
) (*model.EmailConnection, error) {
	f, err := emailFilter(ctx, filter, r.Store.Now())
	if err != nil {
		return nil, err
	}
	mails, err := readPage(ctx, 1, first, after, last, before, func(page tsdb.Page, total bool) (tsdb.Paged[tsdb.Email], error) {
		return r.Store.Emails(ctx, obj.Key, f, page, total)
	})
	if err != nil {
		return nil, err
	}
	rendered := selected(ctx, "edges.node.subject") || selected(ctx, "edges.node.text") || selected(ctx, "edges.node.html")
	return &model.EmailConnection{
		TotalCount: mails.Total,
		PageInfo:   pageInfo(mails, emailCursor),
		Edges: edges(mails, func(e tsdb.Email) model.EmailEdge {
			return model.EmailEdge{Cursor: emailCursor(e), Node: r.email(e, rendered)}
		}),
	}, nil
}

// EmailMessages resolves Account.emailMessages.
func (r accountResolver) EmailMessages(
	ctx context.Context, obj *model.Account, filter *model.EmailFilter, first *int, after *string, last *int, before *string,
) (*model.EmailMessageConnection, error) {
	f, err := emailFilter(ctx, filter, r.Store.Now())
	if err != nil {
		return nil, err
	}
	found, err := readPage(ctx, 1, first, after, last, before, func(page tsdb.Page, total bool) (tsdb.Paged[tsdb.EmailMessage], error) {
		return r.Store.EmailMessages(ctx, obj.Key, f, page, total)
	})
	if err != nil {
		return nil, err
	}
	cursor := func(m tsdb.EmailMessage) string { return encodeCursor(m.ID) }
	return &model.EmailMessageConnection{
		TotalCount: found.Total,
		PageInfo:   pageInfo(found, cursor),
		Edges: edges(found, func(m tsdb.EmailMessage) model.EmailMessageEdge {
			return model.EmailMessageEdge{Cursor: cursor(m), Node: r.emailMessage(m)}
		}),
	}, nil
}

// emailMessage converts an e-mail with its copies. It is rendered once for all of them.
func (r *Resolver) emailMessage(m tsdb.EmailMessage) model.EmailMessage {
	first := r.email(m.Copies[0], true)
	out := model.EmailMessage{Kind: first.Kind, Meter: first.Meter, Step: first.Step, Subject: first.Subject, Text: first.Text, HTML: first.HTML,
		CreatedAt: first.CreatedAt, CopyCount: m.CopyCount, Copies: []model.Email{}}
	for _, e := range m.Copies {
		sent := r.email(e, false)
		sent.Subject, sent.Text, sent.HTML = first.Subject, first.Text, first.HTML
		out.Copies = append(out.Copies, sent)
	}
	return out
}

func emailCursor(e tsdb.Email) string { return encodeCursor(e.ID) }

func emailFilter(ctx context.Context, in *model.EmailFilter, now time.Time) (f tsdb.EmailFilter, err error) {
	if in == nil {
		return f, nil
	}
	f = tsdb.EmailFilter{Kinds: texts(in.Kinds), States: texts(in.States)}
	f.From, f.To, err = within(ctx, in.Range, now)
	return f, err
}

// email converts an e-mail to its GraphQL type. It is rendered only if its text is selected.
func (r *Resolver) email(e tsdb.Email, rendered bool) model.Email {
	out := model.Email{
		ID: EncodeID(KindEmail, e.ID), Kind: model.EmailKind(e.Kind), Meter: mailMeter(e), Recipient: e.Recipient, State: model.EmailState(e.State),
		Attempts: e.Attempts, LastError: textPtr(e.LastError), MessageID: e.MessageID, CreatedAt: e.CreatedAt, UpdatedAt: e.UpdatedAt, SentAt: timePtr(e.SentAt),
	}
	if e.Kind == string(model.EmailKindStep) {
		percent := int(e.Facts.Threshold.Percent())
		out.Step = &percent
	}
	if rendered {
		text := r.mailText(e)
		out.Subject, out.Text, out.HTML = text.Subject, text.Text, text.HTML
	}
	return out
}

// mailText renders an e-mail. One that cannot be rendered, and so is DEAD, must not hide the others in its list.
func (r *Resolver) mailText(e tsdb.Email) MailText {
	text, err := r.RenderMail(e)
	if err != nil {
		return MailText{Subject: "(this mail cannot be shown)", Text: err.Error()}
	}
	return text
}

// mailMeter returns the meter that an e-mail is about; nil for e-mails about scripts.
func mailMeter(e tsdb.Email) *billing.Meter {
	if kind := model.EmailKind(e.Kind); kind == model.EmailKindScriptDeployed || kind == model.EmailKindScriptUndeployed ||
		kind == model.EmailKindScriptFailed {
		return nil
	}
	m := e.Facts.Meter
	return &m
}
