alter function app.add_note(text, uuid) security invoker;
