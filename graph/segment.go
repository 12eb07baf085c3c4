package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// Segments resolves Account.segments.
func (r accountResolver) Segments(
	ctx context.Context, obj *model.Account, rangeArg *model.RangeInput, resourceID, deploymentID *string, stopped *bool, first *int, after *string, last *int, before *string,
) (*model.HostingSegmentConnection, error) {
	page, err := pageOf(ctx, 2, first, after, last, before)
	if err != nil {
		return nil, err
	}
	asked, err := rangeOf(ctx, rangeArg, r.Store.Now())
	if err != nil {
		return nil, err
	}
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := reader.Segments(ctx, obj.Key, charts.SegmentQuery{Span: asked.span, ResourceID: keyOrNone(resourceID, resourceKey), DeploymentID: keyOrNone(deploymentID, deploymentKey),
		Stopped: stopped, Page: page, Total: selected(ctx, "totalCount")})
	if err != nil {
		return nil, asFault(ctx, err)
	}
	cursor := func(s charts.SegmentRow) string { return encodeCursor(s.Key()...) }
	return &model.HostingSegmentConnection{
		TotalCount: rows.Total, Range: asked.model(rows.Range), AsOf: reader.AsOf(), PageInfo: pageInfo(rows.Paged, cursor),
		Edges: edges(rows.Paged, func(s charts.SegmentRow) model.HostingSegmentEdge {
			return model.HostingSegmentEdge{Cursor: cursor(s), Node: segmentModel(&s)}
		}),
	}, nil
}

// keyOrNone returns the key of the id that a list is filtered by: 0 for no id, -1 for an id that does not name an object of that kind.
func keyOrNone(opaque *string, keyOf func(string) (int64, bool)) int64 {
	if opaque == nil {
		return 0
	}
	if key, ok := keyOf(*opaque); ok {
		return key
	}
	return -1
}

func deploymentKey(opaque string) (int64, bool) { return KeyOf(KindDeployment, opaque) }

// segmentModel converts a segment to its GraphQL type.
func segmentModel(s *charts.SegmentRow) model.HostingSegment {
	out := model.HostingSegment{Category: s.Category, ResourceID: EncodeID(categoryKind(s.Category), s.ResourceID), Start: s.Start.Time(), Stopped: s.Stopped,
		Hardware: s.Hardware, CPUCount: int(s.CPUs), Replicas: int(s.Replicas), RatePerHour: credits(s.RatePerHour), Seconds: s.Seconds, Credits: credits(s.Credits)}
	if s.Category == billing.Models {
		id := EncodeID(KindDeployment, s.DeploymentID)
		out.DeploymentID = &id
	}
	if s.End != 0 {
		end := s.End.Time()
		out.End = &end
	}
	return out
}
