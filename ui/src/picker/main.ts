import { mount } from "svelte";
import "../styles/fonts.css";
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/controls.css";
import Picker from "./Picker.svelte";
import { backend } from "./tauri";
import { PickerState } from "./state.svelte";

mount(Picker, { target: document.getElementById("app")!, props: { picker: new PickerState(backend) } });
