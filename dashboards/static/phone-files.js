/* A picture or a voice note for the next text, from this phone.

   Pictures are drawn anew, small, before they leave: that saves airtime, and what the camera noted of place and time stays
   here. A voice note is recorded as the browser can. Nothing is kept: a file lives until it is sent or the page closes. */

const LONGEST_SIDE = 1600;
const LONGEST_SECONDS = 300;
const SOUND = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];

/* Watch the form's file field and record button; `changed` is called whenever there is something to send or not. */
export function watch(form, words, say, changed) {
  const input = form.elements.file;
  const shelf = form.querySelector("#attached");
  const record = form.querySelector("#record");
  const most = Number(words.most);
  let file = null;
  let recorder = null;

  function put(blob, sort, name) {
    if (blob.size > most) {
      say(words.tooLarge);
      clear();
      return;
    }
    say("");
    file = { blob, sort, name };
    draw();
  }

  function clear() {
    file = null;
    input.value = "";
    draw();
  }

  function draw() {
    for (const part of shelf.querySelectorAll("img, audio")) URL.revokeObjectURL(part.src);
    shelf.replaceChildren();
    shelf.hidden = !file;
    if (file) {
      const address = URL.createObjectURL(file.blob);
      if (file.sort === "picture") {
        const picture = document.createElement("img");
        picture.src = address;
        picture.alt = words.picture;
        shelf.append(picture);
      } else if (file.sort === "voice note") {
        const sound = document.createElement("audio");
        sound.controls = true;
        sound.src = address;
        sound.setAttribute("aria-label", words.voiceNote);
        shelf.append(sound);
      }
      const size = document.createElement("span");
      size.className = "small muted";
      size.textContent = `${named(file.sort)}, ${Math.max(1, Math.round(file.blob.size / 1000))} kB`;
      const remove = document.createElement("button");
      remove.type = "button";
      remove.className = "button quiet";
      remove.textContent = words.remove;
      remove.addEventListener("click", () => {
        clear();
        form.elements.text.focus();
      });
      shelf.append(size, remove);
    }
    changed();
  }

  function named(sort) {
    return { picture: words.picture, "voice note": words.voiceNote }[sort] ?? words.file;
  }

  async function choose() {
    const [chosen] = input.files;
    if (!chosen) return;
    if (chosen.type.startsWith("image/")) put(await smaller(chosen), "picture", "picture.jpg");
    else put(chosen, chosen.type.startsWith("audio/") ? "voice note" : "file", "file");
  }

  input.addEventListener("change", choose);

  async function begin() {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      say(words.noMicrophone);
      return;
    }
    const type = SOUND.find((each) => MediaRecorder.isTypeSupported(each));
    const pieces = [];
    recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: 24000 });
    const started = Date.now();
    const clock = setInterval(() => {
      const seconds = Math.round((Date.now() - started) / 1000);
      tell(`${words.stop} ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`);
      if (seconds >= LONGEST_SECONDS) recorder?.stop();
    }, 500);
    recorder.addEventListener("dataavailable", ({ data }) => pieces.push(data));
    recorder.addEventListener("stop", () => {
      clearInterval(clock);
      for (const track of stream.getTracks()) track.stop();
      recorder = null;
      record.removeAttribute("data-recording");
      tell("");
      put(new Blob(pieces, { type: type.split(";")[0] }), "voice note", "voice");
    });
    recorder.start();
    record.setAttribute("data-recording", "");
    say(words.recording);
    tell(`${words.stop} 0:00`);
  }

  function tell(text) {
    record.querySelector("[data-clock]").textContent = text;
    record.querySelector("[data-name]").hidden = Boolean(text);
  }

  if (navigator.mediaDevices && globalThis.MediaRecorder && SOUND.some((each) => MediaRecorder.isTypeSupported(each))) {
    record.hidden = false;
    record.addEventListener("click", () => (recorder ? recorder.stop() : begin()));
  }

  return {
    /* Take what was chosen before this script came: on a slow line, or kept by the browser over a reload. */
    choose,
    /* The file, which is then no longer here; null if there is none. */
    take() {
      const taken = file;
      clear();
      return taken;
    },
    get waiting() {
      return file !== null;
    },
    named,
  };
}

async function smaller(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const pen = canvas.getContext("2d");
    pen.fillStyle = "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    return (await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85))) ?? file;
  } catch {
    /* A browser that cannot read it sends it as it is; the service says what it takes. */
    return file;
  }
}
