package org.precedent.api.monailabel;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.precedent.imaging.Mask;
import org.precedent.viewer.Polygons;
import org.precedent.viewer.ViewerSegmenter.Segmented;

/** The labels of a picture as polygons, in the forms that viewers read. */
final class Outlines {
    private static final String[] COLOURS = {
        "#e6194b", "#3cb44b", "#ffe119", "#4363d8", "#f58231", "#911eb4", "#46f0f0", "#f032e6"
    };

    private Outlines() {}

    /** One object of a label. */
    record Outline(String label, List<Polygons.Corner> corners, String colour) {}

    /**
     * The outlines of an answer to a picture.
     *
     * @param at where the picture lies, added to every corner
     */
    static List<Outline> of(Segmented answer, double leastArea, int[] at) {
        int width = answer.image().grid().size(0);
        int height = answer.image().grid().size(1);
        List<Outline> outlines = new ArrayList<>();
        answer.legend()
                .forEach((label, value) -> {
                    boolean[] inside = new boolean[width * height];
                    for (int i = 0; i < inside.length; i++) {
                        inside[i] = (answer.labels()[i] & 0xff) == value;
                    }
                    for (List<Polygons.Corner> corners :
                            Polygons.of(new Mask(width, height, inside), leastArea)) {
                        outlines.add(
                                new Outline(
                                        label,
                                        corners.stream()
                                                .map(c ->
                                                        new Polygons.Corner(
                                                                c.x() + at[0], c.y() + at[1]))
                                                .toList(),
                                        COLOURS[(value - 1) % COLOURS.length]));
                    }
                });
        return outlines;
    }

    /** One element a label with all its contours, as detectors answer. */
    static void elements(ArrayNode elements, List<Outline> outlines) {
        Map<String, ArrayNode> byLabel = new LinkedHashMap<>();
        for (Outline outline : outlines) {
            ArrayNode contour =
                    byLabel.computeIfAbsent(
                                    outline.label(),
                                    label ->
                                            elements.addObject()
                                                    .put("label", label)
                                                    .putArray("contours"))
                            .addArray();
            outline.corners().forEach(c -> contour.addArray().add(c.x()).add(c.y()));
        }
    }

    /** One element an object, as the Digital Slide Archive reads them. */
    static void dsa(ArrayNode elements, List<Outline> outlines) {
        for (Outline outline : outlines) {
            ObjectNode element = elements.addObject();
            element.putObject("label").put("value", outline.label());
            element.put("type", "polyline");
            element.put("closed", true);
            element.put("lineColor", outline.colour());
            element.put("lineWidth", 2);
            ArrayNode points = element.putArray("points");
            outline.corners().forEach(c -> points.addArray().add(c.x()).add(c.y()).add(0));
        }
    }

    /** ASAP's XML, which QuPath reads. */
    static String asap(String model, Segmented answer, List<Outline> outlines) {
        StringBuilder xml = new StringBuilder("<?xml version=\"1.0\"?>\n<ASAP_Annotations>\n");
        xml.append(
                String.format(
                        Locale.ROOT,
                        "<Annotations Name=\"\" Description=\"\" X=\"0\" Y=\"0\" W=\"%d\" H=\"%d\""
                                + " Model=\"%s\">\n",
                        answer.image().grid().size(0),
                        answer.image().grid().size(1),
                        escaped(model)));
        int number = 0;
        for (Outline outline : outlines) {
            xml.append(
                    "<Annotation Name=\"%s\" Type=\"Polygon\" PartOfGroup=\"%s\" Color=\"%s\"><Coordinates>\n"
                            .formatted(
                                    escaped(outline.label() + " " + ++number),
                                    escaped(outline.label()),
                                    outline.colour()));
            for (int i = 0; i < outline.corners().size(); i++) {
                Polygons.Corner corner = outline.corners().get(i);
                xml.append(
                        "<Coordinate Order=\"%d\" X=\"%d\" Y=\"%d\" />\n"
                                .formatted(i, corner.x(), corner.y()));
            }
            xml.append("</Coordinates></Annotation>\n");
        }
        xml.append("</Annotations>\n<AnnotationGroups>\n");
        answer.legend()
                .forEach((label, value) ->
                        xml.append(
                                "<Group Name=\"%s\" PartOfGroup=\"None\" Color=\"%s\"><Attributes /></Group>\n"
                                        .formatted(
                                                escaped(label),
                                                COLOURS[(value - 1) % COLOURS.length])));
        return xml.append("</AnnotationGroups>\n</ASAP_Annotations>\n").toString();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
