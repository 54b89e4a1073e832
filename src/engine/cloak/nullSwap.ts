/** The cloak of a face: from its canonical crop to what hides its identity. */
import { add, concat, dispose, max, reshape, sqrt, sub, tensor4d, tidy, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Strength } from '../../shared/strengths';
import type { Crop } from '../crop';
import { neighboursOf } from '../differentiable';
import type { CloakLayers, FaceReport } from '../types';
import { allowanceFor, allowanceOf, type FaceAllowance, type FaceView } from './allowance';
import { fieldNames, highMean, mirroredMean, RetouchFields, squaredLength, squaredStrain, type FieldName, type FieldTensors, type Retouchable } from './fields';
import { Generator } from './network';
import { disposeCanvas, Paint, type Canvas } from './paint';
import { touch } from './touch';
import { loadTrainedNetwork, type Allowance, type TrainedNetwork } from './weights';

/** How a face is cloaked, whatever picture shows it: kept for all frames of an animation. */
export interface FaceCloak {
  allowance: FaceAllowance;
  /** Parameters on the fields' grids. */
  fields: Record<FieldName, Float32Array>;
  /** RGB to add, in units of the [0, 1] range, at the working size. */
  paint: Float32Array;
}

/** Of a raster: two of displacement, three of colour. */
export const RASTER_CHANNELS = 5;

/** What becomes of each place of a crop. */
export interface Raster {
  /** Places in a row and in a column. */
  size: number;
  /**
   * From where a place is taken, relative to itself (to the right, down, shares of the crop's side), and what is added to red,
   * green and blue then (in units of the [0, 1] range).
   */
  values: Float32Array;
}

export interface Drawn {
  raster: Raster;
  warp: FaceReport['warp'];
}

/** A face at the working size with all that its cloak is made by; to be given back by `disposeFace`. */
export interface Face extends Retouchable {
  canvas: Canvas;
}

export class NullSwap {
  readonly paint: Paint;
  readonly fields: RetouchFields;
  private readonly generator: Generator;

  private constructor(private readonly network: TrainedNetwork) {
    const { description, tensors } = network;
    this.paint = new Paint(description);
    this.fields = new RetouchFields(description.fields, (picture) => this.paint.lumaChroma(picture), description.input.working_size);
    this.generator = new Generator(tensors);
  }

  /** Loads what `npm run assets` put under the directory `assets`, onto the current tf.js backend. */
  static async load(assets: URL): Promise<NullSwap> {
    return new NullSwap(await loadTrainedNetwork(new URL('models/nullswap/', assets)));
  }

  /** What a strength may do to a face that is shown small. */
  allowance(strength: Strength, layers: CloakLayers = 'all'): Allowance {
    return allowanceFor(this.network.description, strength, layers);
  }

  /** What a strength may do to this face. */
  allowanceOf(allowance: Allowance, view: FaceView): FaceAllowance {
    return allowanceOf(allowance, this.network.description.limits.visibility, view);
  }

  face(crop: Crop, { paint, symmetry }: FaceAllowance): Face {
    const canvas = this.paint.canvas(crop, paint);
    const neighbours = tidy(() => neighboursOf(canvas.picture));
    const places = tidy(() => ({ ...this.fields.placesOf(canvas.picture) }));
    return { canvas, neighbours, places, symmetry };
  }

  /** What the network alone draws for a canonical crop. */
  async draw(crop: Crop, allowance: FaceAllowance): Promise<FaceCloak> {
    const face = this.face(crop, allowance);
    const drawn = tidy(() => {
      const { fields, maps } = this.generator.run(face.canvas.picture);
      const { residual } = this.paint.project(touch(maps, face.canvas), face.canvas, allowance.paint.visibility);
      return [residual, ...fieldNames.map((name) => mirroredMean(name, fields[name], 1))];
    });
    const [paint, ...fields] = (await Promise.all(drawn.map((tensor) => tensor.data()))) as [Float32Array, ...Float32Array[]];
    dispose(drawn);
    disposeFace(face);
    return { allowance, paint, fields: byName((_, i) => fields[i]!) };
  }

  /** What a cloak does to a crop, be it the one that it was made for or another frame's of the same face. */
  async rasterOf(crop: Crop, cloak: FaceCloak, layers: CloakLayers): Promise<Drawn> {
    const face = this.face(crop, cloak.allowance);
    const { fields: bounds } = cloak.allowance;
    const [values, figures] = tidy(() => {
      const fields = this.fieldTensors(cloak.fields);
      const displacement = this.fields.displacement(fields.warp, face, bounds);
      const { bent, retouched } = this.fields.retouched(fields, face, bounds);
      const size = displacement.shape[1];
      const paint = tensor4d(layers === 'without-paint' ? new Float32Array(3 * size * size) : cloak.paint, [1, size, size, 3]);
      const distance = sqrt(max(squaredLength(displacement)));
      const strain = highMean(squaredStrain(displacement));
      return [concat([displacement, add(sub(retouched, bent), paint)], 3), concat([reshape(distance, [1]), reshape(strain, [1])])];
    });
    const [raster, warp] = await Promise.all([values!.data(), figures!.data()]);
    const size = values!.shape[1]!;
    dispose([values!, figures!]);
    disposeFace(face);
    const [distance, strain] = warp as Float32Array;
    return {
      raster: { size, values: raster as Float32Array },
      warp: { distance: distance! * this.network.description.input.size, strain: strain! },
    };
  }

  fieldTensors(fields: FaceCloak['fields']): FieldTensors {
    const { grids } = this.network.description.fields;
    return byName((name) => tensor4d(fields[name], [1, grids[name].side, grids[name].side, grids[name].channels]));
  }

  dispose(): void {
    this.paint.dispose();
    this.fields.dispose();
    dispose([...this.network.tensors.values()]);
  }
}

export function disposeFace({ canvas, neighbours, places }: Face): void {
  disposeCanvas(canvas);
  dispose([neighbours, ...Object.values(places)] as Tensor4D[]);
}

/** One of something for every field. */
export function byName<T>(of: (name: FieldName, place: number) => T): Record<FieldName, T> {
  return Object.fromEntries(fieldNames.map((name, i) => [name, of(name, i)])) as Record<FieldName, T>;
}
