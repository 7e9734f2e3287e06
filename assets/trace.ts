// Only on pages with a genealogy graph: Cytoscape with the dagre layout.
import "./trace.css";
import cytoscape from "cytoscape";
import dagre from "cytoscape-dagre";

// Cytoscape writes its one style rule into a <style> element unless it finds this id; the policy forbids
// inline styles, so the rule stands in trace.css and an empty element stands in for Cytoscape's own.
const CYTOSCAPE_STYLE_ID = "__________cytoscape_stylesheet";
if (document.getElementById(CYTOSCAPE_STYLE_ID) === null) {
  const placeholder = document.createElement("meta");
  placeholder.id = CYTOSCAPE_STYLE_ID;
  document.head.append(placeholder);
}

cytoscape.use(dagre);
