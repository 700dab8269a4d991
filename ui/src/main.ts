import { mount } from "svelte";
import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/choices.css";
import "./styles/rail.css";
import "./styles/list.css";
import "./styles/screen.css";
import App from "./App.svelte";
import { backend } from "$lib/backend/tauri";
import { makeDesk } from "$lib/context";

mount(App, { target: document.getElementById("app")!, props: { desk: makeDesk(backend, Date.now) } });
