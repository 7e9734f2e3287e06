// On every page: the styles and Tabler's behaviour (menus, dialogs). htmx comes from django-htmx.
import "./app.css";
import "@tabler/core";
