// The places of one report on plain paper: the numbered candidates, the chosen spot and its reach, and the programme's
// places around. A click sets a pin. The search beside it adds places to the list without a reload.

const L = window.L;
const box = document.getElementById("map");
const places = document.querySelector("[data-places]");
const form = document.getElementById("review");
const PIN = 'input[name="place"][value="pin"]';

function numbered(label, chosen) {
  return L.divIcon({ className: "", html: `<span class="map-number${chosen ? " chosen" : ""}">${label}</span>`, iconSize: [28, 28] });
}

function text(words) {
  const node = document.createElement("span");
  node.textContent = words;
  return node;
}

function draw(data) {
  const map = L.map(box, { attributionControl: Boolean(data.tiles), zoomSnap: 0.25, scrollWheelZoom: false });
  if (data.tiles) L.tileLayer(data.tiles, { attribution: "OpenStreetMap" }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);

  for (const place of data.places) {
    L.circleMarker([place.lat, place.lon], { radius: 4, weight: 1, fillOpacity: 0.7, className: "map-around", interactive: false })
      .addTo(map);
  }
  const points = data.candidates.map((candidate) => [candidate.lat, candidate.lon]);
  if (data.current) {
    const at = [data.current.lat, data.current.lon];
    points.push(at);
    if (data.current.radius_km) {
      const reach = L.latLng(at).toBounds(2000 * data.current.radius_km);
      L.circle(at, { radius: data.current.radius_km * 1000, weight: 1, fillOpacity: 0.08, className: "map-reach", interactive: false }).addTo(map);
      points.push(reach.getNorthEast(), reach.getSouthWest());
    }
    // The middle of an area is no place: its reach is drawn, and no point.
    if (!data.current.fallback) L.marker(at, { icon: numbered("•", false), keyboard: false, interactive: false }).addTo(map);
  }
  const around = data.places.map((place) => [place.lat, place.lon]);
  if (points.length || around.length) map.fitBounds(L.latLngBounds(points.length ? points : around), { padding: [48, 48], maxZoom: 15 });
  else map.setView([0, 0], 2);
  const names = L.layerGroup().addTo(map);
  map.on("zoomend moveend", () => name(map, names, data));
  name(map, names, data);
  return map;
}

// Names the places in sight, the nearest first, and leaves out a name that would cover another.
function name(map, names, data) {
  names.clearLayers();
  const taken = [...data.candidates, ...(data.current ? [data.current] : [])].map((spot) => {
    const at = map.latLngToContainerPoint([spot.lat, spot.lon]);
    return [at.x - 16, at.y - 16, at.x + 16, at.y + 16];
  });
  const size = map.getSize();
  for (const place of data.places) {
    const at = map.latLngToContainerPoint([place.lat, place.lon]);
    const [left, top, right, bottom] = [at.x, at.y - 9, at.x + 16 + 7 * place.name.length, at.y + 9];
    const free = taken.every((other) => right < other[0] || left > other[2] || bottom < other[1] || top > other[3]);
    if (!free || left < 0 || top < 0 || right > size.x || bottom > size.y) continue;
    taken.push([left, top, right, bottom]);
    L.tooltip({ permanent: true, direction: "right", offset: [4, 0], className: "place-label" })
      .setLatLng([place.lat, place.lon])
      .setContent(text(place.name))
      .addTo(names);
  }
}

function select(input) {
  input.checked = true;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function begin() {
  box.hidden = false;
  const map = draw(JSON.parse(box.dataset.map));
  const markers = new Map();
  let pin = null;

  function mark(option) {
    const at = [Number(option.dataset.lat), Number(option.dataset.lon)];
    const input = option.querySelector("input");
    const marker = L.marker(at, { icon: numbered(option.dataset.spot, input.checked), title: option.querySelector("strong").textContent });
    marker.on("click", () => select(input));
    marker.addTo(map);
    markers.set(input, [marker, option.dataset.spot]);
  }

  function setPin(at) {
    if (pin) pin.setLatLng(at);
    else pin = L.marker(at, { icon: numbered("+", true), keyboard: false }).addTo(map);
    form.elements.lat.value = at.lat.toFixed(5);
    form.elements.lon.value = at.lng.toFixed(5);
    document.querySelector("[data-pin-note]").textContent = `${at.lat.toFixed(5)}, ${at.lng.toFixed(5)}`;
    select(places.querySelector(PIN));
  }

  for (const option of places.querySelectorAll("[data-spot]")) mark(option);
  map.on("click", (event) => setPin(event.latlng));
  places.addEventListener("change", () => {
    for (const [input, [marker, label]] of markers) marker.setIcon(numbered(label, input.checked));
    const chosen = [...markers].find(([input]) => input.checked);
    if (chosen && !map.getBounds().contains(chosen[1][0].getLatLng())) map.panTo(chosen[1][0].getLatLng());
  });

  const search = form.elements.place_words;
  const button = document.querySelector("[data-search-button]");
  async function find() {
    const answer = await fetch(`${search.dataset.search}?words=${encodeURIComponent(search.value)}`);
    if (!answer.ok) return form.requestSubmit(button);
    for (const old of places.querySelectorAll("[data-searched]")) {
      if (old.querySelector("input").checked) continue;
      const entry = markers.get(old.querySelector("input"));
      entry?.[0].remove();
      markers.delete(old.querySelector("input"));
      old.remove();
    }
    const found = (await answer.json()).filter((spot) => ![...places.querySelectorAll("input")].some((input) => input.value === spot.value));
    const last = places.querySelector("[data-pin]");
    found.forEach((spot, index) => {
      const option = document.createElement("label");
      option.className = "option";
      option.dataset.spot = String.fromCharCode(65 + index);
      option.dataset.searched = "yes";
      option.dataset.lat = spot.lat;
      option.dataset.lon = spot.lon;
      const input = document.createElement("input");
      input.type = "radio";
      input.name = "place";
      input.value = spot.value;
      const words = document.createElement("span");
      const name = document.createElement("strong");
      name.textContent = spot.name;
      const where = document.createElement("span");
      where.className = "muted";
      where.textContent = ` ${spot.where}`;
      words.append(name, where);
      const letter = document.createElement("span");
      letter.className = "map-number";
      letter.textContent = option.dataset.spot;
      option.append(input, letter, words);
      last.before(option);
      mark(option);
    });
    note(found.length ? `${found.length} found, added to the list above.` : "No other place or area begins so.");
    if (found.length) map.fitBounds(L.latLngBounds(found.map((spot) => [spot.lat, spot.lon])), { padding: [48, 48], maxZoom: 15 });
  }

  function note(words) {
    let line = document.getElementById("found-note");
    if (!line) {
      line = document.createElement("p");
      line.id = "found-note";
      line.className = "hint";
      line.setAttribute("role", "status");
      search.closest(".input-row").after(line);
    }
    line.textContent = words;
  }

  button.addEventListener("click", (event) => {
    event.preventDefault();
    find();
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      find();
    }
  });
}

if (box && form && L) begin();
